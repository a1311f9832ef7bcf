"""One picture: look, edit, find similar, download, delete; and many at once."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from semblance.common.errors import InvalidInput, SemblanceError
from semblance.dashboard.access import Page, collection_for, image_for
from semblance.dashboard.forms import ImageForm, complain
from semblance.dashboard.paging import beside
from semblance.indexing.queries import feature_states
from semblance.library.domain.images import delete_images, tag_images, update_image
from semblance.library.enums import Role
from semblance.library.models import Image
from semblance.search.domain.neighbours import nearest_images


class ImageView(Page):
    def get(self, request: Any, image: UUID) -> HttpResponse:
        found = image_for(request.user, image)
        return self._page(found, ImageForm(initial={"label": found.label, "tags": ", ".join(found.tags)}))

    def post(self, request: Any, image: UUID) -> HttpResponse:
        found = image_for(request.user, image, Role.ANNOTATOR)
        form = ImageForm(request.POST)
        if form.is_valid():
            try:
                update_image(image=found, **form.changes())
            except SemblanceError as error:
                complain(form, error)
            else:
                messages.success(request, "Saved.")
                return redirect("dashboard:image", found.pk)
        return self._page(found, form, status=422)

    def _page(self, image: Image, form: ImageForm, status: int = 200) -> HttpResponse:
        role = image.collection.role_value  # type: ignore[attr-defined]
        context = {
            "image": image,
            "collection": image.collection,
            "form": form,
            "features": feature_states(image),
            "beside": beside(image),
            "may_edit": role >= Role.ANNOTATOR,
            "may_delete": role >= Role.EDITOR,
        }
        return render(self.request, "dashboard/images/detail.html", context, status=status)


class ImageNeighboursView(Page):
    def get(self, request: Any, image: UUID) -> HttpResponse:
        found = image_for(request.user, image)
        context = {"image": found, "images": nearest_images(image=found)}
        return render(request, "dashboard/images/_neighbours.html", context)


class ImageDeleteView(Page):
    def get(self, request: Any, image: UUID) -> HttpResponse:
        found = image_for(request.user, image, Role.EDITOR)
        return render(request, "dashboard/images/delete.html", {"images": [found], "collection": found.collection})

    def post(self, request: Any, image: UUID) -> HttpResponse:
        found = image_for(request.user, image, Role.EDITOR)
        delete_images(images=Image.objects.filter(pk=found.pk))
        messages.success(request, f"“{found.filename}” is deleted.")
        return redirect("dashboard:collection", found.collection_id)


class SelectionView(Page):
    """Do something to the pictures that were chosen in a grid."""

    def post(self, request: Any, collection: UUID) -> HttpResponse:
        action = request.POST.get("action")
        found = collection_for(request.user, collection, Role.ANNOTATOR if action == "tag" else Role.EDITOR)
        images = Image.objects.filter(collection=found, pk__in=_ids(request.POST.getlist("image")))
        if action == "tag":
            changed = tag_images(images=images, tag=request.POST.get("tag", ""))
            messages.success(request, f"{changed} pictures have the tag now that had not.")
        elif action == "delete" and "sure" not in request.POST:
            return render(request, "dashboard/images/delete.html", {"images": list(images), "collection": found})
        elif action == "delete":
            deleted = delete_images(images=images)
            if request.htmx:
                return HttpResponse(status=204)
            messages.success(request, f"{deleted} pictures are deleted.")
        return redirect("dashboard:collection", found.pk)


def _ids(texts: list[str]) -> list[UUID]:
    try:
        return [UUID(text) for text in texts]
    except ValueError as error:
        raise InvalidInput("This does not name pictures.") from error
