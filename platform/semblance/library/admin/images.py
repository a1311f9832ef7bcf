"""Images in the admin."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest
from django.template.defaultfilters import filesizeformat
from django.urls import path, reverse
from django.utils.html import format_html
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    DropdownFilter,
    FieldTextFilter,
)
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from semblance.common.admin import CsvExport, DomainAdmin, DomainForm, counted, link_to
from semblance.common.images import MEDIA_TYPES
from semblance.library.domain.images import delete_images, update_image
from semblance.library.models import Image

STATE_COLORS = {"indexed": "success", "pending": "info", "failed": "danger"}
FACTS = ["media_type", "dimensions", "bytes_stored", "sha256", "state", "error", "uploaded_by", "created", "id"]


class LinesField(forms.CharField):
    """A list of texts, one a line."""

    widget = UnfoldAdminTextareaWidget

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in str(value or "").splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(list(initial or []) != self.to_python(data))


class ImageForm(DomainForm):
    """What people may say about an image."""

    tags = LinesField(required=False, help_text="One a line.")

    class Meta:
        model = Image
        fields = ["label", "tags", "metadata"]

    def write(self) -> Image:
        values = {name: self.cleaned_data[name] for name in self.fields if name in self.cleaned_data}
        values["metadata"] = values.get("metadata") or {}
        return update_image(image=Image.objects.get(pk=self.instance.pk), **values)


class MediaTypeFilter(DropdownFilter):
    """The kind of file, from the list of those we take rather than from a pass over the table."""

    title = "media type"
    parameter_name = "media_type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        return [(kind, kind.removeprefix("image/").upper()) for kind in sorted(MEDIA_TYPES)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Image]) -> QuerySet[Image]:
        return queryset.filter(media_type=self.value()) if self.value() else queryset


@admin.register(Image)
class ImageAdmin(CsvExport, DomainAdmin):
    """Images, to be seen, found, corrected and deleted."""

    form = ImageForm
    exported = [
        "id", "collection__name", "filename", "label", "tags", "metadata", "media_type", "width", "height", "size",
        "sha256", "state", "error", "created",
    ]  # fmt: skip
    list_display = ["preview", "filename", "collection_link", "label", "state_label", "dimensions", "created"]
    list_display_links = ["preview", "filename"]
    list_filter = [
        ("collection", AutocompleteSelectFilter),
        ("state", ChoicesDropdownFilter),
        ("label", FieldTextFilter),
        MediaTypeFilter,
    ]
    list_select_related = ["collection"]
    search_fields = ["filename", "label", "sha256__startswith"]
    search_help_text = "File name, label, or the beginning of the SHA-256"
    fieldsets = [
        (None, {"fields": ["picture", "filename", "collection_link", "label", "tags", "metadata"]}),
        ("Facts", {"fields": FACTS}),
    ]
    readonly_fields = ["picture", "filename", "collection_link", *FACTS]

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.thumbnail_view)
        return [path("<uuid:key>/thumbnail/", view, name="library_image_thumbnail"), *super().get_urls()]

    def thumbnail_view(self, request: HttpRequest, key: UUID) -> FileResponse:
        """Serve a thumbnail to staff, who see images of collections that are not shared with them."""
        image = Image.objects.filter(pk=key).only("thumbnail").first()
        if not self.has_view_permission(request, image):
            raise PermissionDenied
        try:
            file = image.thumbnail.open("rb") if image else None
        except FileNotFoundError:
            file = None
        if file is None:
            raise Http404("There is no such thumbnail.")
        return FileResponse(file, content_type="image/jpeg", headers={"Cache-Control": "private, max-age=86400"})

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Images come in by upload and import, where they are checked."""
        return False

    @display(description="")
    def preview(self, image: Image) -> str:
        return _thumbnail(image, "height: 48px; width: 72px; object-fit: cover; border-radius: 6px")

    @display(description="picture")
    def picture(self, image: Image) -> str:
        return _thumbnail(image, "max-width: 100%; border-radius: 6px")

    @display(description="collection", ordering="collection__name")
    def collection_link(self, image: Image) -> str:
        return link_to(image.collection)

    @display(description="state", ordering="state", label=STATE_COLORS)
    def state_label(self, image: Image) -> str:
        return image.state

    @display(description="pixels")
    def dimensions(self, image: Image) -> str:
        return f"{image.width} × {image.height}"

    @display(description="size", ordering="size")
    def bytes_stored(self, image: Image) -> str:
        return filesizeformat(image.size)

    def remove(self, objects: QuerySet[Image]) -> None:
        delete_images(images=objects)

    def consequences(self, objects: QuerySet[Image]) -> list[str]:
        number = counted(objects.count(), Image)
        return [f"{number} with files, vectors, places in results and votes", *super().consequences(objects)]


def _thumbnail(image: Image, style: str) -> str:
    address = reverse("admin:library_image_thumbnail", args=[image.pk])
    return format_html('<img src="{}" alt="{}" loading="lazy" style="{}">', address, image.filename, style)
