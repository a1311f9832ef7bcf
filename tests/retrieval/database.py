"""Collections and images for retrieval tests, made by plain SQL."""

from typing import Any
from uuid import UUID, uuid4

import numpy as np
import psycopg
from psycopg.types.json import Jsonb

from semblance.extractors.contract import Distance, Vectors
from semblance.retrieval import store
from semblance.retrieval.distances import Vector
from semblance.retrieval.normalisation import statistics_from_sample
from semblance.retrieval.types import SpaceQuery

AnyConnection = psycopg.Connection[tuple[Any, ...]]


class Library:
    """Rows of the tables around the feature table."""

    def __init__(self, cursor: store.AnyCursor) -> None:
        self.cursor = cursor

    def collection(self) -> UUID:
        collection = uuid4()
        self.cursor.execute("INSERT INTO library_collection VALUES (%s)", (collection,))
        return collection

    def space(self, number: int) -> int:
        self.cursor.execute("INSERT INTO indexing_featurespace VALUES (%s)", (number,))
        store.ensure_partition(self.cursor, number)
        return number

    def image(
        self,
        collection: UUID,
        *,
        label: str = "",
        tags: tuple[str, ...] = (),
        metadata: dict[str, Any] | None = None,
        state: str = "indexed",
    ) -> UUID:
        image = uuid4()
        self.cursor.execute(
            "INSERT INTO library_image VALUES (%s, %s, %s, %s, %s, %s)",
            (image, collection, label, list(tags), Jsonb(metadata or {}), state),
        )
        return image

    def images(self, collection: UUID, number: int) -> list[UUID]:
        return [self.image(collection) for _ in range(number)]

    def filled(self, space: int, collection: UUID, vectors: Vectors) -> list[UUID]:
        """Make an image for each vector and store it."""
        ids = self.images(collection, len(vectors))
        store.write(self.cursor, space, collection, ids, vectors)
        return ids


def gaussian(rows: int, dimension: int = 8, seed: int = 0) -> Vectors:
    return np.random.default_rng(seed).normal(size=(rows, dimension)).astype(np.float32)


def unit_rows(rows: int, dimension: int = 8, seed: int = 0) -> Vectors:
    """Unit vectors that share a direction, as those of extractors do."""
    vectors = gaussian(rows, dimension, seed) + 1
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def space_query(
    space: int,
    stored: dict[UUID, Vectors],
    vector: Vector,
    *,
    extractor: str = "color",
    distance: Distance = "cosine",
) -> SpaceQuery:
    """A query of one space over collections with the vectors given."""
    statistics = {collection: statistics_from_sample(vectors, distance) for collection, vectors in stored.items()}
    return SpaceQuery(extractor, space, distance, vector, statistics)
