"""What people may fill in; rules live in the domain, whose complaints come back to the fields."""

from typing import Any

from django import forms

from semblance.common.context import extractor_context
from semblance.common.errors import SemblanceError
from semblance.extractors import registry
from semblance.library.enums import ImageState, Role, Visibility
from semblance.retrieval.feedback import METHODS


def complain(form: forms.Form, error: SemblanceError) -> None:
    """Put the domain's messages where they belong: beside their field, or on top."""
    placed = {name: messages for name, messages in error.fields.items() if name in form.fields}
    for name, messages in placed.items():
        for message in messages:
            form.add_error(name, message)
    if not placed:
        form.add_error(None, error.detail)


class StyledForm(forms.Form):
    """Gives every control the class that its kind is drawn by."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            widget = field.widget
            if isinstance(widget, forms.Select):
                widget.attrs.setdefault("class", "form-select")
            elif isinstance(widget, forms.CheckboxInput | forms.CheckboxSelectMultiple):
                widget.attrs.setdefault("class", "form-check-input")
            else:
                widget.attrs.setdefault("class", "form-control")


class CollectionForm(StyledForm):
    """A new collection."""

    name = forms.CharField(max_length=120, widget=forms.TextInput({"autofocus": True}))
    description = forms.CharField(required=False, max_length=5000, widget=forms.Textarea({"rows": 2}))


class CollectionSettingsForm(StyledForm):
    """What an owner may change, with one slider an installed extractor; 0 leaves it out."""

    name = forms.CharField(max_length=120)
    slug = forms.CharField(max_length=80, label="Short name in addresses")
    description = forms.CharField(required=False, max_length=5000, widget=forms.Textarea({"rows": 3}))
    visibility = forms.ChoiceField(choices=Visibility.choices, label="Who may look")

    def __init__(self, *args: Any, extractors: dict[str, float], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.chosen = extractors
        self.descriptions = [registry.describe(name, extractor_context()) for name in registry.installed()]
        for described in self.descriptions:
            self.fields[f"use-{described['name']}"] = forms.BooleanField(
                required=False, initial=described["name"] in extractors
            )

    def changes(self) -> dict[str, Any]:
        """Return the changes as the domain takes them; extractors that stay keep their weight.

        What is not installed at the moment cannot be chosen here, so it stays.
        """
        data = self.cleaned_data
        installed = [d["name"] for d in self.descriptions]
        names = [name for name in installed if data[f"use-{name}"]]
        names += [name for name in self.chosen if name not in installed]
        extractors = {name: self.chosen.get(name, 1.0) for name in names}
        return {k: data[k] for k in ("name", "slug", "description", "visibility")} | {"extractors": extractors}


class MemberForm(StyledForm):
    """Somebody to let in."""

    username = forms.CharField(max_length=150, label="User name", widget=forms.TextInput({"autocomplete": "off"}))
    role = forms.ChoiceField(choices=[(role.label, role.label.capitalize()) for role in Role], initial="viewer")


class GridForm(StyledForm):
    """How a collection's grid is narrowed."""

    q = forms.CharField(required=False, max_length=200, label="Name, label or tag")
    state = forms.ChoiceField(required=False, choices=[("", "Any state"), *ImageState.choices])
    label = forms.CharField(required=False, max_length=200)
    tag = forms.CharField(required=False, max_length=100)
    after = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput)

    def conditions(self) -> dict[str, Any]:
        """Return what was asked for; what is not valid is left out."""
        data = self.cleaned_data if self.is_valid() else {}
        found = {"text": data.get("q"), "state": data.get("state"), "label": data.get("label"), "tag": data.get("tag")}
        return {name: value for name, value in found.items() if value}


class ImageForm(StyledForm):
    """What an annotator may change of an image."""

    label = forms.CharField(required=False, max_length=200)
    tags = forms.CharField(required=False, max_length=12_000, help_text="Separated by commas.")

    def changes(self) -> dict[str, Any]:
        """Return the changes as the domain takes them."""
        return {"label": self.cleaned_data["label"], "tags": self.cleaned_data["tags"].split(",")}


class KeyForm(StyledForm):
    """A new gateway key."""

    name = forms.CharField(max_length=100, label="What is it for?", widget=forms.TextInput({"autocomplete": "off"}))


class EvaluationForm(StyledForm):
    """What to measure."""

    feedback = forms.ChoiceField(
        required=False,
        label="Measure",
        choices=[("", "Search alone"), *((name, f"Search and votes: {name}") for name in METHODS)],
    )
    queries = forms.IntegerField(
        required=False, min_value=1, label="At most this many queries", help_text="Empty: every picture with a label."
    )

    def parameters(self) -> dict[str, Any]:
        """Return what was asked for as the domain takes it."""
        return {name: value for name, value in self.cleaned_data.items() if value}
