"""The pictures themselves: originals and thumbnails."""

from typing import Any
from uuid import UUID

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
from semblance.common.errors import NotFound
from semblance.common.images import MEDIA_TYPES


class AnythingGoes(DefaultContentNegotiation):
    """Answers with the file whatever the `Accept` header of a picture element says."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        """Take the first renderer, which only errors will use."""
        return renderers[0], renderers[0].media_type


class FileView(View):
    """A file that never changes: its address may be cached for good, by the caller's own browser alone."""

    content_negotiation_class = AnythingGoes

    def answer(self, request: Request, file: FieldFile, *, etag: str, **options: Any) -> HttpResponseBase:
        """Stream a file, or say that the caller has it."""
        known = get_conditional_response(request._request, etag=etag)
        response = _streamed(file, options) if known is None else known
        response["ETag"] = etag
        response["Cache-Control"] = "private, max-age=31536000, immutable"
        response["X-Content-Type-Options"] = "nosniff"
        response["Content-Security-Policy"] = "default-src 'none'; sandbox"
        patch_vary_headers(response, ["Authorization", "Cookie"])
        return response


class OriginalView(FileView):
    """The file as it was uploaded."""

    @operation(
        "downloadImage",
        "The file as it was uploaded",
        answer=OpenApiTypes.BINARY,
        media_types=IMAGE_TYPES,
        cached=True,
        errors=[404],
    )
    def get(self, request: Request, image: UUID) -> HttpResponseBase:
        """Send the original as an attachment."""
        found = usable_image(self.user, image)
        media_type = found.media_type if found.media_type in MEDIA_TYPES else UNKNOWN
        return self.answer(
            request,
            found.original,
            etag=f'"{found.sha256[:32]}"',
            content_type=media_type,
            as_attachment=True,
            filename=found.filename,
        )


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
        return self.answer(request, found.thumbnail, etag=f'"{found.sha256[:32]}-t"', content_type="image/jpeg")


def _streamed(file: FieldFile, options: dict[str, Any]) -> FileResponse:
    try:
        return FileResponse(file.open("rb"), **options)
    except FileNotFoundError as error:
        raise NotFound("The file of this image is missing in the storage.", code="file-missing") from error
