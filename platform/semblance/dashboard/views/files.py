"""The bytes of pictures: each asked for is checked, what pages show is re-encoded, originals leave as attachments."""

from typing import Any
from uuid import UUID

from django.core.files import File
from django.core.files.base import ContentFile
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404

from semblance.common.context import decode_limits
from semblance.common.images import decode, encode_copy, encode_thumbnail
from semblance.dashboard.access import Page, search_for
from semblance.library.domain.images import copy_name, may_have_original
from semblance.library.models import Image

LARGE = 1536
KEEP = "private, max-age=31536000, immutable"


class ThumbnailView(Page):
    def get(self, request: Any, image: UUID) -> HttpResponseBase:
        found = _visible(request, image)
        return _kept(FileResponse(_opened(found.thumbnail), content_type="image/jpeg"))


class PreviewView(Page):
    """The picture as large as pages show it, without the metadata of the original."""

    def get(self, request: Any, image: UUID) -> HttpResponseBase:
        return _kept(_encoded(_opened(_visible(request, image).original)))


class OriginalView(Page):
    """The file as it was uploaded; for those who only look, a copy without what it tells of place and camera."""

    def get(self, request: Any, image: UUID) -> HttpResponseBase:
        found = _visible(request, image)
        file, name, media_type = _opened(found.original), found.filename, found.media_type
        if not may_have_original(user=request.user, image=found):
            with file:
                copy = encode_copy(file.read(), limits=decode_limits())
            file, name, media_type = ContentFile(copy), copy_name(found), "image/jpeg"
        return FileResponse(file, as_attachment=True, filename=name, content_type=media_type)


class QueryPictureView(Page):
    """The uploaded picture of one of the user's own searches."""

    def get(self, request: Any, search: UUID) -> HttpResponseBase:
        found = search_for(request.user, search)
        if not found.file:
            raise Http404
        return _kept(_encoded(_opened(found.file)))


def _visible(request: Any, pk: UUID) -> Image:
    found: Image = get_object_or_404(Image.objects.visible_to(request.user), pk=pk)
    return found


def _opened(file: FieldFile) -> File[bytes]:
    try:
        return file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error


def _encoded(file: File[bytes]) -> HttpResponse:
    with file:
        pixels = decode(file.read(), limits=decode_limits()).pixels
    return HttpResponse(encode_thumbnail(pixels, LARGE), content_type="image/jpeg")


def _kept(response: HttpResponseBase) -> HttpResponseBase:
    response["Cache-Control"] = KEEP
    response["Content-Disposition"] = "inline"
    return response
