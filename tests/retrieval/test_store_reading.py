from uuid import UUID

import numpy as np

from semblance.retrieval import store
from semblance.retrieval.types import Relations
from tests.retrieval.database import Library, gaussian

STORED = Relations()


def test_vectors_of_images_without_any_are_left_out(cursor: store.AnyCursor, library: Library) -> None:
    collection, space = library.collection(), library.space(1)
    known, unknown = library.filled(space, collection, gaussian(1))[0], library.image(collection)

    assert list(store.vectors(cursor, STORED, space, [known, unknown])) == [known]
    assert store.vectors(cursor, STORED, space, []) == {}
    assert store.vectors(cursor, STORED, library.space(2), [known]) == {}


def test_vectors_may_be_kept_to_collections(cursor: store.AnyCursor, library: Library) -> None:
    mine, other, space = library.collection(), library.collection(), library.space(1)
    ids = [library.filled(space, collection, gaussian(1))[0] for collection in (mine, other)]

    assert list(store.vectors(cursor, STORED, space, ids, [mine])) == [ids[0]]
    assert store.vectors(cursor, STORED, space, ids, []) == {}


def test_sample_is_the_same_until_images_change(cursor: store.AnyCursor, library: Library) -> None:
    collection, space, vectors = library.collection(), library.space(1), gaussian(50)
    library.filled(space, collection, vectors)
    library.filled(space, library.collection(), gaussian(50, seed=1))

    first, second = store.sample(cursor, space, collection, 10), store.sample(cursor, space, collection, 10)

    known = {row.tobytes() for row in vectors.astype(np.float16).astype(np.float32)}
    assert first.shape == (10, 8)
    np.testing.assert_array_equal(first, second)
    assert {row.tobytes() for row in first} <= known


def test_sample_is_not_more_than_there_is(cursor: store.AnyCursor, library: Library) -> None:
    collection, space = library.collection(), library.space(1)
    empty = store.sample(cursor, space, collection, 10)
    library.filled(space, collection, gaussian(3))

    assert len(empty) == 0
    assert store.sample(cursor, space, collection, 10).shape == (3, 8)


def test_mean_is_that_of_one_collection(cursor: store.AnyCursor, library: Library) -> None:
    collection, space, vectors = library.collection(), library.space(1), gaussian(40)
    nothing = store.mean(cursor, space, collection)
    library.filled(space, collection, vectors)
    library.filled(space, library.collection(), gaussian(40, seed=1) + 5)

    found = store.mean(cursor, space, collection)

    assert nothing is None
    assert found is not None
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, vectors.astype(np.float16).astype(np.float32).mean(axis=0), atol=1e-6)


def test_missing_lists_images_that_lack_a_vector_in_any_space(cursor: store.AnyCursor, library: Library) -> None:
    collection, one, other = library.collection(), library.space(1), library.space(2)
    both, half, none = library.images(collection, 3)
    library.image(collection, state="failed")
    library.image(library.collection())
    store.write(cursor, one, collection, [both, half], gaussian(2))
    store.write(cursor, other, collection, [both], gaussian(1))

    assert store.missing(cursor, [one, other], collection) == sorted([half, none])
    assert store.missing(cursor, [one], collection) == [none]
    assert store.missing(cursor, [], collection) == []
    assert [store.count_missing(cursor, spaces, collection) for spaces in ([one, other], [one], [])] == [2, 1, 0]


def test_missing_comes_in_pages(cursor: store.AnyCursor, library: Library) -> None:
    collection, space = library.collection(), library.space(1)
    ids = sorted(library.images(collection, 5))
    seen: list[list[UUID]] = []
    after: UUID | None = None

    for _ in range(4):
        page = store.missing(cursor, [space], collection, after, 2)
        seen.append(page)
        after = page[-1] if page else after

    assert seen == [ids[:2], ids[2:4], ids[4:], []]
