"""The pictures themselves: originals and thumbnails."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.core.files import File
from django.core.files.base import ContentFile
from django.db.models.fields.files import FieldFile
from django.http import FileResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from drf_spectacular.types import OpenApiTypes
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request

from semblance.api.access import usable_image
from semblance.api.schema import IMAGE_TYPES, UNKNOWN, operation
from semblance.api.views.base import View
from semblance.common.context import decode_limits
from semblance.common.errors import NotFound
from semblance.common.images import MEDIA_TYPES, encode_copy
from semblance.library.domain.images import copy_name, may_have_original
from semblance.library.models import Image


class AnythingGoes(DefaultContentNegotiation):
    """Answers with the file whatever the `Accept` header of a picture element says."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        """Take the first renderer, which only errors will use."""
        return renderers[0], renderers[0].media_type


class FileView(View):
    """A file that never changes: the caller's own browser alone may cache it."""

    content_negotiation_class = AnythingGoes

    def answer(
        self, request: Request, stream: Callable[[], HttpResponseBase], *, etag: str, cache: str
    ) -> HttpResponseBase:
        """Send a file, or say that the caller has it."""
        known = get_conditional_response(request._request, etag=etag)
        response = stream() if known is None else known
        response["ETag"] = etag
        response["Cache-Control"] = f"private, {cache}"
        response["X-Content-Type-Options"] = "nosniff"
        response["Content-Security-Policy"] = "default-src 'none'; sandbox"
        patch_vary_headers(response, ["Authorization", "Cookie"])
        return response


class OriginalView(FileView):
    """The file as it was uploaded, or a copy of it."""

    @operation(
        "downloadImage",
        "The file as it was uploaded; for those below editor a JPEG without its metadata",
        answer=OpenApiTypes.BINARY,
        media_types=IMAGE_TYPES,
        cached=True,
        errors=[404],
    )
    def get(self, request: Request, image: UUID) -> HttpResponseBase:
        """Send the original, or its copy, as an attachment; which of them changes with the caller's role."""
        found = usable_image(self.user, image)
        if may_have_original(user=self.user, image=found):
            return self.answer(request, lambda: _original(found), etag=f'"{found.sha256[:32]}"', cache="no-cache")
        return self.answer(request, lambda: _copy(found), etag=f'"{found.sha256[:32]}-c"', cache="no-cache")


class ThumbnailView(FileView):
    """A small JPEG without metadata."""

    @operation(
        "getThumbnail",
        "A small JPEG that fits into 320 × 320",
        answer=OpenApiTypes.BINARY,
        media_types=["image/jpeg"],
        cached=True,
        errors=[404],
    )
    def get(self, request: Request, image: UUID) -> HttpResponseBase:
        """Send the thumbnail."""
        found = usable_image(self.user, image)
        return self.answer(
            request,
            lambda: FileResponse(_opened(found.thumbnail), content_type="image/jpeg"),
            etag=f'"{found.sha256[:32]}-t"',
            cache="max-age=31536000, immutable",
        )


def _original(image: Image) -> FileResponse:
    media_type = image.media_type if image.media_type in MEDIA_TYPES else UNKNOWN
    file = _opened(image.original)
    return FileResponse(file, content_type=media_type, as_attachment=True, filename=image.filename)


def _copy(image: Image) -> FileResponse:
    with _opened(image.original) as original:
        copy = ContentFile(encode_copy(original.read(), limits=decode_limits()))
    return FileResponse(copy, content_type="image/jpeg", as_attachment=True, filename=copy_name(image))


def _opened(file: FieldFile) -> File[bytes]:
    try:
        return file.open("rb")
    except FileNotFoundError as error:
        raise NotFound("The file of this image is missing in the storage.", code="file-missing") from error
