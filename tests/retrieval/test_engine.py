from uuid import UUID

import numpy as np

from semblance.retrieval import engine, store
from semblance.retrieval.types import Request
from tests.retrieval.database import Library, space_query, unit_rows


def test_rank_orders_by_distance(cursor: store.AnyCursor, library: Library) -> None:
    collection, space, vectors = library.collection(), library.space(1), unit_rows(50)
    ids = library.filled(space, collection, vectors)
    query = space_query(space, {collection: vectors}, vectors[7])

    ranking = engine.rank(cursor, Request([query], limit=50))

    mean = vectors.mean(axis=0) * 50 / 51
    centred = (vectors - mean) / np.linalg.norm(vectors - mean, axis=1, keepdims=True)
    expected = [ids[position] for position in np.argsort(-(centred @ centred[7]))]
    assert [result.image for result in ranking.results] == expected
    assert ranking.total == 50
    assert isinstance(ranking.results[0].image, UUID)
