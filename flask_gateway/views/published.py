"""Queries that their owners published."""

from apiflask import APIBlueprint

from flask_gateway import queries
from flask_gateway.database import database
from flask_gateway.presentation import answer_out
from flask_gateway.schemas import Answer, PublishedPage
from flask_gateway.service import searcher

blueprint = APIBlueprint("queries", __name__, url_prefix="/v1/queries", tag="Published queries")


@blueprint.get("/<key:key>")
@blueprint.input(PublishedPage, location="query")
@blueprint.output(Answer)
def query(key: str, query_data: PublishedPage) -> Answer:
    """Get what a published query finds now.

    Query, votes and weights are those of the moment it was published; the images are those of this moment.
    """
    with database().connection() as connection:
        published = queries.published_query(connection, key)
    limit = query_data.limit or published.limit
    found = searcher().replay(published, limit=limit, offset=query_data.offset)
    return answer_out(found, limit=limit, offset=query_data.offset)
