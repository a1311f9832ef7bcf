"""A shelf of images in two feature spaces."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from semblance.extractors.contract import Vectors
from semblance.retrieval import engine, store
from semblance.retrieval.distances import unit
from semblance.retrieval.normalisation import center
from semblance.retrieval.types import Ranking, Request, SpaceQuery
from tests.retrieval.database import Library, gaussian, space_query, unit_rows


def images(ranking: Ranking) -> list[UUID]:
    return [result.image for result in ranking.results]


def centred(vectors: Vectors, count: int | None = None) -> Vectors:
    return unit(vectors - center(vectors.mean(axis=0), count or len(vectors)))


class Shelf:
    """One collection of fifty images in two feature spaces."""

    def __init__(self, library: Library, rows: int = 50) -> None:
        self.library = library
        self.collection = library.collection()
        self.vectors = {"color": unit_rows(rows, 32), "texture": gaussian(rows, 16, seed=1)}
        self.ids = library.images(self.collection, rows)
        for number, vectors in enumerate(self.vectors.values(), start=1):
            store.write(library.cursor, library.space(number), self.collection, self.ids, vectors)

    def queries(self, row: int = 0) -> list[SpaceQuery]:
        color, texture = (
            {self.collection: self.vectors["color"]},
            {self.collection: self.vectors["texture"]},
        )
        return [
            space_query(1, color, self.vectors["color"][row]),
            space_query(2, texture, self.vectors["texture"][row], extractor="texture", distance="euclidean"),
        ]

    def rank(self, spaces: Sequence[SpaceQuery] | None = None, **options: Any) -> Ranking:
        request = Request(self.queries() if spaces is None else spaces, **{"limit": len(self.ids)} | options)
        return engine.rank(self.library.cursor, request)
