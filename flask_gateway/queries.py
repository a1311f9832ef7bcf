"""All SQL of the gateway: plain statements on the published views."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import numpy as np
import numpy.typing as npt
from psycopg.rows import class_row, scalar_row

from flask_gateway.database import Connection
from semblance.common.errors import NotFound
from semblance.extractors.contract import Distance
from semblance.retrieval.types import Relations, Statistics

RELATIONS: Final = Relations(features="gateway.features_v1", images="gateway.images_v1")


@dataclass(frozen=True, slots=True)
class CollectionRow:
    """A public collection."""

    id: UUID
    slug: str
    name: str
    description: str
    extractors: dict[str, float]
    created: datetime


@dataclass(frozen=True, slots=True)
class ImageRow:
    """An image of a public collection, with the names of its files."""

    id: UUID
    collection_id: UUID
    slug: str
    filename: str
    media_type: str
    width: int
    height: int
    label: str
    tags: list[str]
    metadata: dict[str, Any]
    state: str
    created: datetime
    original: str
    thumbnail: str


@dataclass(frozen=True, slots=True)
class SpaceRow:
    """The feature space that answers for one extractor in one collection; ``mean`` in PostgreSQL's binary form."""

    collection_id: UUID
    space_id: int
    extractor: str
    version: str
    weights_digest: str
    dimension: int
    distance: Distance
    count: int
    mean: bytes | None
    distance_mean: float
    distance_deviation: float

    def statistics(self) -> Statistics:
        """Return the figures in the form the search path takes; before the first ones are known, neutral ones."""
        mean = np.zeros(self.dimension, np.float32) if self.mean is None else _vector(self.mean)
        return Statistics(self.count, mean, self.distance_mean, self.distance_deviation)


@dataclass(frozen=True, slots=True)
class PublishedRow:
    """A published query as it stood when it was published."""

    key: str
    collections: list[UUID]
    weights: dict[str, float]
    votes: dict[str, float]
    method: str
    parameters: dict[str, Any]
    filters: dict[str, Any]
    limit: int
    excluded_image_id: UUID | None


_IMAGE = """
SELECT image.id, image.collection_id, collection.slug, image.filename, image.media_type, image.width, image.height,
       image.label, image.tags, image.metadata, image.state, image.created, image.original, image.thumbnail
FROM gateway.images_v1 AS image JOIN gateway.collections_v1 AS collection ON collection.id = image.collection_id
"""


def collections_page(connection: Connection, *, limit: int, offset: int) -> list[CollectionRow]:
    cursor = connection.cursor(row_factory=class_row(CollectionRow))
    cursor.execute(
        "SELECT id, slug, name, description, extractors, created FROM gateway.collections_v1"
        " ORDER BY name, id LIMIT %s OFFSET %s",
        (limit, offset),
    )
    return cursor.fetchall()


def collections_count(connection: Connection) -> int:
    cursor = connection.cursor(row_factory=scalar_row)
    return int(cursor.execute("SELECT count(*) FROM gateway.collections_v1").fetchone() or 0)


def collection_of(connection: Connection, slug: str) -> CollectionRow:
    """Return a public collection; NotFound where there is none."""
    cursor = connection.cursor(row_factory=class_row(CollectionRow))
    cursor.execute(
        "SELECT id, slug, name, description, extractors, created FROM gateway.collections_v1 WHERE slug = %s", (slug,)
    )
    if row := cursor.fetchone():
        return row
    raise NotFound(f"There is no public collection “{slug}”.")


def image_counts(connection: Connection, collections: Collection[UUID]) -> dict[UUID, dict[str, int]]:
    """Count images by collection and state."""
    found = connection.execute(
        "SELECT collection_id, state, count(*) FROM gateway.images_v1 WHERE collection_id = ANY(%s) GROUP BY 1, 2",
        (list(collections),),
    )
    counts: dict[UUID, dict[str, int]] = {collection: {} for collection in collections}
    for collection, state, count in found:
        counts[collection][state] = count
    return counts


def image_of(connection: Connection, slug: str, image: UUID) -> ImageRow:
    """Return an image of a public collection; NotFound where there is none."""
    cursor = connection.cursor(row_factory=class_row(ImageRow))
    if row := cursor.execute(_IMAGE + "WHERE image.id = %s AND collection.slug = %s", (image, slug)).fetchone():
        return row
    raise NotFound(f"There is no image {image} in this collection.")


def images_by_id(connection: Connection, ids: Collection[UUID]) -> dict[UUID, ImageRow]:
    cursor = connection.cursor(row_factory=class_row(ImageRow))
    return {image.id: image for image in cursor.execute(_IMAGE + "WHERE image.id = ANY(%s)", (list(ids),))}


def searchable_spaces(connection: Connection, collections: Sequence[UUID]) -> list[SpaceRow]:
    """Return one space for each extractor and collection: the complete one, else the newest that is being filled."""
    cursor = connection.cursor(row_factory=class_row(SpaceRow))
    cursor.execute(
        "SELECT DISTINCT ON (collection_id, extractor) collection_id, space_id, extractor, version, weights_digest,"
        " dimension, distance, count, vector_send(mean) AS mean, distance_mean, distance_deviation"
        " FROM gateway.spaces_v1 WHERE collection_id = ANY(%s)"
        " ORDER BY collection_id, extractor, state = 'serving' DESC,"
        " CASE WHEN state = 'serving' THEN space_id ELSE -space_id END",
        (list(collections),),
    )
    return sorted(cursor.fetchall(), key=lambda space: space.space_id)


def published_query(connection: Connection, key: str) -> PublishedRow:
    """Return a published query; NotFound where there is none."""
    cursor = connection.cursor(row_factory=class_row(PublishedRow))
    cursor.execute(
        'SELECT key, collections, weights, votes, method, parameters, filters, "limit", excluded_image_id'
        " FROM gateway.published_queries_v1 WHERE key = %s",
        (key,),
    )
    if row := cursor.fetchone():
        return row
    raise NotFound("There is no such published query, or it was withdrawn.")


def published_vectors(connection: Connection, key: str) -> dict[int, npt.NDArray[np.float32]]:
    """Return the original query's vector in each feature space."""
    found = connection.execute(
        "SELECT space_id, vector_send(vector) FROM gateway.published_vectors_v1 WHERE key = %s", (key,)
    )
    return {space: _vector(vector) for space, vector in found}


def key_is_valid(connection: Connection, digest: str) -> bool:
    return connection.execute("SELECT FROM gateway.api_keys_v1 WHERE digest = %s", (digest,)).rowcount > 0


def views_answer(connection: Connection) -> None:
    """Raise what PostgreSQL raises where a view is missing or closed."""
    connection.execute("SELECT FROM gateway.collections_v1, gateway.spaces_v1, gateway.published_queries_v1 LIMIT 0")


def _vector(data: bytes) -> npt.NDArray[np.float32]:
    """Read what ``vector_send`` writes: two 16-bit numbers, then the components."""
    return np.frombuffer(data, ">f4", offset=4).astype(np.float32)
