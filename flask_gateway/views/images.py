"""Images of public collections: facts, a copy to look at, a thumbnail."""

from collections.abc import Callable
from uuid import UUID

from apiflask import APIBlueprint, FileSchema
from flask import Response, current_app, request

from flask_gateway import queries
from flask_gateway.database import database
from flask_gateway.presentation import image_out
from flask_gateway.queries import ImageRow
from flask_gateway.schemas import ImageOut
from flask_gateway.service import searcher, storage
from semblance.common.images import encode_copy

blueprint = APIBlueprint("images", __name__, url_prefix="/v1/collections/<slug:slug>/images", tag="Images")


@blueprint.get("/<uuid:image_id>")
@blueprint.output(ImageOut)
def image(slug: str, image_id: UUID) -> ImageOut:
    """Show the facts of one image."""
    return image_out(_image(slug, image_id))


@blueprint.get("/<uuid:image_id>/file")
@blueprint.output(FileSchema(), content_type="image/jpeg", description="The picture")
def file(slug: str, image_id: UUID) -> Response:
    """Get the picture as a JPEG of at most 2048 pixels a side.

    It is encoded anew from the pixels: nothing that was hidden in the original (place, camera, comments) goes out.
    """
    row = _image(slug, image_id)
    limits = searcher().config.decode_limits
    return _jpeg(row, "file", lambda: encode_copy(storage().read(row.original), limits=limits))


@blueprint.get("/<uuid:image_id>/thumbnail")
@blueprint.output(FileSchema(), content_type="image/jpeg", description="The thumbnail")
def thumbnail(slug: str, image_id: UUID) -> Response:
    """Get a JPEG of at most 320 pixels a side."""
    row = _image(slug, image_id)
    return _jpeg(row, "thumbnail", lambda: storage().read(row.thumbnail))


def _image(slug: str, image_id: UUID) -> ImageRow:
    with database().connection() as connection:
        return queries.image_of(connection, slug, image_id)


def _jpeg(row: ImageRow, kind: str, content: Callable[[], bytes]) -> Response:
    """Send a picture that never changes; caches ask each time, because its collection may be closed at any moment."""
    response = current_app.response_class(mimetype="image/jpeg")
    response.set_etag(f"{row.id}-{kind}")
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Content-Disposition"] = f'inline; filename="{row.id}.jpg"'
    if not request.if_none_match.contains_weak(f"{row.id}-{kind}"):
        response.set_data(content())
    response.make_conditional(request)
    return response
