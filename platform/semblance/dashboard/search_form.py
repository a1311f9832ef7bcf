"""The query: a picture with a crop, where to look, what counts how much, and what to leave out."""

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from django import forms

from semblance.accounts.models import User
from semblance.common.context import extractor_context
from semblance.common.errors import InvalidInput
from semblance.dashboard.forms import StyledForm
from semblance.dashboard.templatetags.dashboard import plain
from semblance.extractors import registry
from semblance.library.models import Collection
from semblance.retrieval.feedback import METHODS
from semblance.search.domain.options import SearchOptions
from semblance.search.domain.searches import default_weights

LIMITS = (20, 40, 80, 160)
MOST_OF_STRANGERS = 12
"""Public collections that a search begins with where one has none of one's own."""

CROP = ("left", "top", "width", "height")


class SearchForm(StyledForm):
    """Everything that can be asked; sliders come from the extractors of the collections one may search."""

    file = forms.FileField(required=False, label="Picture", widget=forms.FileInput({"accept": "image/*,.tif,.tiff"}))
    image = forms.UUIDField(required=False, widget=forms.HiddenInput)
    collections = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple)
    label = forms.CharField(required=False, max_length=200, label="Only with this label")
    tag = forms.CharField(required=False, max_length=100, label="Only with this tag")
    method = forms.ChoiceField(
        choices=[(name, name.replace("-", " ").capitalize()) for name in METHODS], label="How votes are used"
    )
    limit = forms.TypedChoiceField(choices=[(n, f"{n} pictures") for n in LIMITS], coerce=int, label="Show", initial=40)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        self.reachable = list(Collection.objects.visible_to(user))
        super().__init__(*args, **kwargs)
        choices = [(str(collection.pk), collection.name) for collection in self.reachable]
        cast(forms.MultipleChoiceField, self.fields["collections"]).choices = choices
        for side in CROP:
            self.fields[f"crop_{side}"] = _percent(side)
        self.sliders = _sliders(self.reachable)
        for name, described in self.sliders.items():
            self.fields[f"weight-{name}"] = _slider(name, described["description"])

    def choose(self, collections: Sequence[str]) -> None:
        """Begin with these collections, or with those one owns or joined, and the weights they are searched with."""
        joined = set(Collection.objects.joined_by(self.user).values_list("pk", flat=True))
        chosen = [c for c in self.reachable if str(c.pk) in collections]
        chosen = chosen or [c for c in self.reachable if c.pk in joined] or self.reachable[:MOST_OF_STRANGERS]
        weights = default_weights(collection.extractors for collection in chosen)
        self.initial["collections"] = [str(collection.pk) for collection in chosen]
        self.initial.update({f"weight-{name}": weights.get(name, 1.0) for name in self.sliders})

    def weight_fields(self) -> list[forms.BoundField]:
        """Return the sliders."""
        return [self[f"weight-{name}"] for name in self.sliders]

    def crop_fields(self) -> list[forms.BoundField]:
        """Return the four sides of the crop."""
        return [self[f"crop_{side}"] for side in CROP]

    def chosen(self) -> list[UUID]:
        """Return the collections to look in."""
        return [UUID(pk) for pk in self.cleaned_data["collections"]]

    def crop(self) -> Sequence[float] | None:
        """Return the crop as fractions, None for the whole picture."""
        percents = [self.cleaned_data[f"crop_{side}"] for side in CROP]
        if all(percent is None for percent in percents) or percents == [0, 0, 100, 100]:
            return None
        if any(percent is None for percent in percents):
            message = "Give all four sides of the crop, or none."
            raise InvalidInput(message, fields={"crop_left": [message]})
        left, top, width, height = (percent / 100 for percent in percents)
        return [left, top, min(width, 1 - left), min(height, 1 - top)]

    def options(self) -> SearchOptions:
        """Return the rest as the domain takes it; sliders that were not sent stay with the collections' own weights."""
        data = self.cleaned_data
        weights = {name: data[f"weight-{name}"] for name in self.sliders if data[f"weight-{name}"] is not None}
        return SearchOptions(
            weights=weights,
            method=data["method"],
            filters={"label": data["label"], "tags": data["tag"]},
            limit=data["limit"],
        )


def _sliders(collections: Sequence[Collection]) -> dict[str, registry.Description]:
    used = {name for collection in collections for name in collection.extractors}
    context = extractor_context()
    return {name: registry.describe(name, context) for name in registry.installed() if name in used}


def _slider(name: str, description: str) -> forms.FloatField:
    widget = forms.NumberInput({"type": "range", "min": 0, "max": 2, "step": 0.1, "class": "", "data-slider": True})
    label = plain(name)
    return forms.FloatField(required=False, label=label, help_text=description, widget=widget)


def _percent(side: str) -> forms.FloatField:
    widget = forms.NumberInput({"class": "form-control", "step": "any", "data-crop": side})
    return forms.FloatField(required=False, min_value=0, max_value=100, label=side.capitalize(), widget=widget)
