"""From a query image to its vectors in every feature space it needs."""

from collections.abc import Sequence
from uuid import UUID

import numpy as np
import numpy.typing as npt
from django.db import connection

from semblance.common.context import decode_limits
from semblance.common.errors import Conflict
from semblance.common.images import crop, decode
from semblance.indexing.domain.extraction import extract_query, is_current
from semblance.indexing.models import CollectionSpace, FeatureSpace
from semblance.indexing.queries import searchable_spaces
from semblance.library.models import Image
from semblance.retrieval import store
from semblance.retrieval.types import Relations, SpaceQuery
from semblance.search.models import QueryFeature, Search

Vector = npt.NDArray[np.float32]


def space_queries(search: Search, collections: Sequence[UUID]) -> list[SpaceQuery]:
    """Return the query in each feature space that serves one of the collections, computing what is not known yet."""
    spaces = searchable_spaces(collections)
    if not spaces:
        raise Conflict(
            "Nothing here is searchable yet: the features are still being computed, or no extractor of these"
            " collections can work on this machine.",
            code="not-indexed",
        )
    by_space: dict[int, list[CollectionSpace]] = {}
    for space in spaces:
        by_space.setdefault(space.space_id, []).append(space)
    vectors = query_vectors(search, [members[0].space for members in by_space.values()])
    return [
        members[0].space.query(vectors[space_id], {member.collection_id: member.statistics() for member in members})
        for space_id, members in by_space.items()
        if space_id in vectors
    ]


def query_vectors(search: Search, spaces: Sequence[FeatureSpace]) -> dict[int, Vector]:
    """Return the query's vector by feature space: those known and those that can be computed now, which are kept."""
    known = {f.space_id: np.asarray(f.vector, np.float32) for f in QueryFeature.objects.filter(search=search)}
    wanted = [space for space in spaces if space.pk not in known]
    image = _query_image(search) if wanted else None
    found = _stored_vectors(image, wanted) if image and not search.crop else {}
    found |= _extracted_vectors(search, image, [space for space in wanted if space.pk not in found])
    QueryFeature.objects.bulk_create(
        [QueryFeature(search=search, space_id=space, vector=vector) for space, vector in found.items()],
        ignore_conflicts=True,
    )
    vectors = known | found
    if not vectors:
        raise Conflict(
            "The query's features cannot be computed: its picture is gone or its extractors are not installed.",
            code="query-lost",
        )
    return vectors


def _query_image(search: Search) -> Image | None:
    """Return the image a search asks with, as long as its user may see it: what is known of it already stays known."""
    return Image.objects.visible_to(search.user).filter(pk=search.image_id).first() if search.image_id else None


def _stored_vectors(image: Image, spaces: Sequence[FeatureSpace]) -> dict[int, Vector]:
    found: dict[int, Vector] = {}
    with connection.cursor() as cursor:
        for space in spaces:
            vectors = store.vectors(cursor, Relations(), space.pk, [image.pk])
            if image.pk in vectors:
                found[space.pk] = vectors[image.pk]
    return found


def _extracted_vectors(search: Search, image: Image | None, spaces: Sequence[FeatureSpace]) -> dict[int, Vector]:
    current = [space for space in spaces if is_current(space)]
    data = _query_bytes(search, image) if current else None
    if data is None:
        return {}
    pixels = decode(data, limits=decode_limits()).pixels
    if search.crop:
        pixels = crop(pixels, search.crop)
    vectors = extract_query(pixels=pixels, extractors=[space.extractor for space in current])
    return {space.pk: vectors[space.extractor] for space in current}


def _query_bytes(search: Search, image: Image | None) -> bytes | None:
    file = search.file or (image.original if image else None)
    if not file:
        return None
    with file.open("rb") as stream:
        return bytes(stream.read())
