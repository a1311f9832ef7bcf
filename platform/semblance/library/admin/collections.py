"""Collections in the admin."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter
from unfold.decorators import display

from semblance.accounts.models import User
from semblance.common.admin import DomainAdmin, DomainForm, counted, link_to
from semblance.library.admin.members import MembershipInline
from semblance.library.domain.collections import (
    change_owner,
    create_collection,
    delete_collection,
    update_collection,
)
from semblance.library.enums import Visibility
from semblance.library.models import Collection, Image

VISIBILITY_COLORS = {"public": "success", "shared": "info"}
STATES = ("indexed", "pending", "failed")


class CollectionForm(DomainForm):
    """A collection as its owner would make and change it."""

    class Meta:
        model = Collection
        fields = ["owner", "name", "slug", "description", "visibility", "extractors"]
        help_texts = {
            "slug": "Part of the address. Left empty, one is made from the name.",
            "extractors": "Extractor → weight. Left empty, those of the installation are taken.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in {"slug", "extractors"} & set(self.fields):
            self.fields[name].required = False

    def write(self) -> Collection:
        values = {name: self.cleaned_data[name] for name in self.fields if name in self.cleaned_data}
        values = {name: value for name, value in values.items() if value or name == "description"}
        if self.instance._state.adding:
            return create_collection(**values)
        return update_collection(collection=Collection.objects.get(pk=self.instance.pk), **values)


class OwnerForm(forms.Form):
    """Asks who takes over."""

    owner = forms.ModelChoiceField(
        User.objects.filter(is_active=True),
        label="New owner",
        widget=AutocompleteSelect(Collection._meta.get_field("owner"), admin.site),
        error_messages={"invalid_choice": "This person cannot sign in and so cannot own a collection."},
    )


@admin.register(Collection)
class CollectionAdmin(DomainAdmin):
    """Collections, with what is in them and who may use them."""

    form = CollectionForm
    list_display = ["name", "owner_link", "visibility_label", "images", *STATES, "created"]
    list_filter = [("visibility", ChoicesDropdownFilter), ("owner", AutocompleteSelectFilter)]
    list_select_related = ["owner"]
    search_fields = ["name", "slug", "description", "owner__username"]
    search_help_text = "Name, address, description or owner"
    ordering = ["name", "id"]
    autocomplete_fields = ["owner"]
    inlines = [MembershipInline]
    actions = ["publish", "unpublish", "hand_over", "delete_selected"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Collection]:
        return super().get_queryset(request).with_counts()  # type: ignore[no-any-return]

    def get_readonly_fields(self, request: HttpRequest, obj: Collection | None = None) -> list[str]:
        return ["owner_link", "id", "images", *STATES, "created", "modified"] if obj else []

    def get_fieldsets(self, request: HttpRequest, obj: Collection | None = None) -> Any:
        shown = ["name", "slug", "description", "visibility", "extractors"]
        if obj is None:
            return [(None, {"fields": ["owner", *shown]})]
        facts = ["owner_link", ("images", *STATES), "created", "modified", "id"]
        return [(None, {"fields": shown}), ("Facts", {"fields": facts})]

    def get_inlines(self, request: HttpRequest, obj: Collection | None) -> list[Any]:
        return self.inlines if obj else []

    @display(description="owner", ordering="owner__username")
    def owner_link(self, collection: Collection) -> str:
        return link_to(collection.owner)

    @display(description="visibility", ordering="visibility", label=VISIBILITY_COLORS)
    def visibility_label(self, collection: Collection) -> str:
        return collection.visibility

    @display(description="images", ordering="images_count")
    def images(self, collection: Any) -> int:
        return int(collection.images_count)

    @display(description="searchable", ordering="indexed_count")
    def indexed(self, collection: Any) -> int:
        return int(collection.indexed_count)

    @display(description="waiting", ordering="pending_count")
    def pending(self, collection: Any) -> int:
        return int(collection.pending_count)

    @display(description="set aside", ordering="failed_count")
    def failed(self, collection: Any) -> int:
        return int(collection.failed_count)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:  # noqa: FBT001
        formset.write()

    def remove(self, objects: QuerySet[Collection]) -> None:
        for collection in objects:
            delete_collection(collection=collection)

    def consequences(self, objects: Any) -> list[str]:
        return [
            f"{collection} of {collection.owner}: {counted(collection.images_count, Image)} with all that hangs on them"
            for collection in objects.with_counts().select_related("owner")
        ]

    @admin.action(permissions=["change"], description="Publish")
    def publish(self, request: HttpRequest, queryset: QuerySet[Collection]) -> None:
        self._show(request, queryset, Visibility.PUBLIC)

    @admin.action(permissions=["change"], description="Unpublish: owners and members alone")
    def unpublish(self, request: HttpRequest, queryset: QuerySet[Collection]) -> None:
        self._show(request, queryset.filter(visibility=Visibility.PUBLIC), Visibility.SHARED)

    def _show(self, request: HttpRequest, queryset: QuerySet[Collection], visibility: Visibility) -> None:
        for collection in queryset:
            update_collection(collection=collection, visibility=visibility)
        messages.success(request, f"Now {visibility.value}: {counted(len(queryset), Collection)}.")

    @admin.action(permissions=["change"], description="Change the owner")
    def hand_over(self, request: HttpRequest, queryset: QuerySet[Collection]) -> HttpResponse | None:
        """Ask for the new owner, then hand over all of them or none."""
        form = OwnerForm(request.POST if request.POST.get("confirmed") else None)
        if not form.is_valid():
            lines = [f"{collection} of {collection.owner}" for collection in queryset.select_related("owner")]
            title = f"Hand over {counted(len(lines), Collection)}"
            return self.confirm(request, title=title, lines=lines, form=form)
        for collection in queryset:
            change_owner(collection=collection, owner=form.cleaned_data["owner"])
        messages.success(request, f"{form.cleaned_data['owner']} now owns {counted(len(queryset), Collection)}.")
        return None
