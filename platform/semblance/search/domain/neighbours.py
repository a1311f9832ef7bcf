"""What looks like an image of a collection, without keeping a search."""

from django.db import connection

from semblance.indexing.queries import searchable_spaces
from semblance.library.models import Image
from semblance.retrieval import engine, store
from semblance.retrieval.types import Relations, Request


def nearest_images(*, image: Image, limit: int = 12) -> list[Image]:
    """Return the images of the same collection that look most like this one; none while it has no features."""
    with connection.cursor() as cursor:
        queries = []
        for space in searchable_spaces([image.collection_id]):
            vectors = store.vectors(cursor, Relations(), space.space_id, [image.pk])
            if image.pk in vectors:
                queries.append(space.space.query(vectors[image.pk], {image.collection_id: space.statistics()}))
        if not queries:
            return []
        request = Request(
            spaces=queries, weights=image.collection.extractors, exclude=frozenset({image.pk}), limit=limit
        )
        ranking = engine.rank(cursor, request)
    found = Image.objects.in_bulk([result.image for result in ranking.results])
    return [found[result.image] for result in ranking.results if result.image in found]
