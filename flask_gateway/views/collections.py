"""Public collections."""

from apiflask import APIBlueprint

from flask_gateway import queries
from flask_gateway.database import database
from flask_gateway.presentation import collection_out
from flask_gateway.schemas import CollectionOut, CollectionPage, Page

blueprint = APIBlueprint("collections", __name__, url_prefix="/v1/collections", tag="Collections")


@blueprint.get("")
@blueprint.input(Page, location="query")
@blueprint.output(CollectionPage)
def collections(query_data: Page) -> CollectionPage:
    """List the public collections by name."""
    with database().connection() as connection:
        rows = queries.collections_page(connection, limit=query_data.limit, offset=query_data.offset)
        counts = queries.image_counts(connection, [row.id for row in rows])
        total = queries.collections_count(connection)
    results = [collection_out(row, counts[row.id]) for row in rows]
    return CollectionPage(total=total, limit=query_data.limit, offset=query_data.offset, results=results)


@blueprint.get("/<slug:slug>")
@blueprint.output(CollectionOut)
def collection(slug: str) -> CollectionOut:
    """Show one public collection."""
    with database().connection() as connection:
        row = queries.collection_of(connection, slug)
        counts = queries.image_counts(connection, [row.id])
    return collection_out(row, counts[row.id])
