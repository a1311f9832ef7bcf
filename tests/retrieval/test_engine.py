"""The search path without votes."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import numpy as np
import psycopg
import pytest

from semblance.retrieval import engine, store
from semblance.retrieval.distances import Probe, distances_to, into_working_space
from semblance.retrieval.normalisation import center, pooled, z_scores
from semblance.retrieval.types import Filters, Request, SpaceQuery
from tests.retrieval.database import AnyConnection, Library, space_query, unit_rows
from tests.retrieval.shelf import Shelf, centred, images


@pytest.fixture
def shelf(library: Library) -> "Shelf":
    return Shelf(library)


def test_rank_orders_by_distance(shelf: Shelf) -> None:
    ranking = shelf.rank(shelf.queries(7)[:1])

    rows = centred(shelf.vectors["color"])
    assert images(ranking) == [shelf.ids[row] for row in np.argsort(-(rows @ rows[7]))]
    assert [result.rank for result in ranking.results] == list(range(1, 51))
    assert (ranking.total, ranking.weights) == (50, {"color": 1.0})


def test_rank_takes_plain_cosines_on_request(shelf: Shelf) -> None:
    ranking = shelf.rank(shelf.queries(7)[:1], centred=False)

    rows = shelf.vectors["color"]
    assert images(ranking) == [shelf.ids[row] for row in np.argsort(-(rows @ rows[7]))]


def test_plain_cosines_are_fused_by_the_scale_of_plain_distances(shelf: Shelf) -> None:
    ranking = shelf.rank(shelf.queries(7)[:1], centred=False)

    scores = np.array([result.score for result in ranking.results])
    plain = 1 - shelf.vectors["color"] @ shelf.vectors["color"].T
    pairs = plain[np.triu_indices(50, 1)]
    assert scores[1:].mean() == pytest.approx((pairs.mean() - np.delete(plain[7], 7).mean()) / pairs.std(), abs=0.3)


def test_rank_explains_each_result(shelf: Shelf) -> None:
    ranking = shelf.rank(weights={"color": 3, "texture": 1})

    expected = [z_scores(_distances(shelf, query), pooled(query.collections.values())) for query in shelf.queries()]
    for result in ranking.results:
        row = shelf.ids.index(result.image)
        parts = result.explanation
        assert list(parts) == ["color", "texture"]
        assert [parts[name].weight for name in parts] == [3.0, 1.0]
        assert parts["color"].contribution == pytest.approx(0.75 * expected[0][row], abs=2e-2)
        assert parts["texture"].contribution == pytest.approx(0.25 * expected[1][row], abs=2e-2)
        assert result.score == pytest.approx(sum(part.contribution for part in parts.values()))
        distances = [part.distance for part in parts.values() if part.distance is not None]
        assert result.distance == pytest.approx(np.average(distances, weights=[3, 1]))
    assert [result.score for result in ranking.results] == sorted((r.score for r in ranking.results), reverse=True)


def _distances(shelf: Shelf, query: SpaceQuery) -> Any:
    mean = center(shelf.vectors["color"].mean(axis=0), 50) if query.distance == "cosine" else None
    probe = Probe(query.distance, into_working_space(query.vector, query.distance, mean), mean)
    return distances_to(probe, shelf.vectors[query.extractor])


def test_rank_pages_like_one_long_list(shelf: Shelf) -> None:
    whole = shelf.rank()

    pages = [shelf.rank(limit=20, offset=offset) for offset in (0, 20, 40, 60)]

    assert [result for page in pages for result in page.results] == list(whole.results)
    assert [page.total for page in pages] == [50, 50, 50, 50]


def test_rank_is_the_same_whatever_order_things_come_in(shelf: Shelf) -> None:
    votes = {shelf.ids[3]: 1.0, shelf.ids[4]: -1.0, shelf.ids[5]: 0.5}
    backwards = dict(reversed(votes.items()))

    one = shelf.rank(votes=votes)
    other = shelf.rank(list(reversed(shelf.queries())), votes=backwards)

    assert images(other) == images(one)


def test_rank_breaks_ties_the_same_way_for_everybody(cursor: store.AnyCursor, library: Library) -> None:
    collection, space = library.collection(), library.space(1)
    vectors = np.repeat(unit_rows(2), [30, 10], axis=0)
    library.filled(space, collection, vectors)
    query = space_query(space, {collection: vectors}, vectors[0])

    whole = engine.rank(cursor, Request([query], limit=40))
    page = engine.rank(cursor, Request([query], limit=7))

    assert images(page) == images(whole)[:7]
    assert images(whole)[:30] != sorted(images(whole)[:30])


def test_rank_counts_what_filters_leave(library: Library, shelf: Shelf) -> None:
    library.cursor.execute("UPDATE library_image SET label = 'cat' WHERE id = ANY(%s)", (shelf.ids[:6],))

    ranking = shelf.rank(filters=Filters(labels=["cat"]), limit=2, exclude=frozenset(shelf.ids[:1]))

    assert ranking.total == 5
    assert set(images(ranking)) <= set(shelf.ids[1:6])


def test_filters_change_no_score(library: Library, shelf: Shelf) -> None:
    library.cursor.execute("UPDATE library_image SET label = 'cat' WHERE id = ANY(%s)", (shelf.ids[:6],))

    some = {result.image: result.score for result in shelf.rank(filters=Filters(labels=["cat"])).results}

    every = {result.image: result.score for result in shelf.rank().results}
    assert some == {image: every[image] for image in shelf.ids[:6]}


def test_another_collection_changes_nothing(library: Library, shelf: Shelf) -> None:
    before = shelf.rank()
    library.filled(1, library.collection(), unit_rows(70, 32, seed=9))

    assert shelf.rank() == before


@pytest.mark.parametrize("weights", [{"color": 1, "texture": 0}, {"color": 1}, {"color": 1, "shape": 1}])
def test_rank_leaves_out_extractors_without_weight(shelf: Shelf, weights: dict[str, float]) -> None:
    alone = shelf.rank(shelf.queries()[:1])

    ranking = shelf.rank(weights=weights)

    assert images(ranking) == images(alone)
    assert list(ranking.results[0].explanation) == ["color"]
    assert ranking.weights == {"color": 1.0, "texture": 0.0}


def test_rank_gives_images_without_a_vector_nothing_in_that_space(shelf: Shelf) -> None:
    bare = shelf.library.filled(1, shelf.collection, unit_rows(1, 32, seed=5))[0]

    ranking = shelf.rank(limit=51)

    found = next(result for result in ranking.results if result.image == bare)
    missing = found.explanation["texture"]
    assert ranking.total == 51
    assert (missing.distance, missing.contribution) == (None, 0.0)
    assert found.distance == found.explanation["color"].distance
    assert found.score == found.explanation["color"].contribution


def test_rank_searches_collections_with_pooled_statistics(cursor: store.AnyCursor, library: Library) -> None:
    space, stored = library.space(1), {library.collection(): unit_rows(30), library.collection(): unit_rows(60, seed=1)}
    ids = [image for collection, vectors in stored.items() for image in library.filled(space, collection, vectors)]
    vectors = np.concatenate(list(stored.values()))
    query = space_query(space, stored, vectors[4])

    ranking = engine.rank(cursor, Request([query], limit=90))

    rows = centred(vectors)
    assert images(ranking) == [ids[row] for row in np.argsort(-(rows @ rows[4]))]
    assert ranking.total == 90


def test_rank_joins_two_versions_of_an_extractor(cursor: store.AnyCursor, library: Library) -> None:
    old, new = library.collection(), library.collection()
    vectors = {old: unit_rows(10, 8), new: unit_rows(12, 16)}
    library.filled(library.space(1), old, vectors[old])
    library.filled(library.space(2), new, vectors[new])
    queries = [
        space_query(1, {old: vectors[old]}, vectors[old][0]),
        space_query(2, {new: vectors[new]}, vectors[new][0]),
    ]

    ranking = engine.rank(cursor, Request(queries, limit=100))

    assert ranking.total == 22
    assert [list(result.explanation) for result in ranking.results] == [["color"]] * 22
    assert all(result.explanation["color"].distance is not None for result in ranking.results)


def test_rank_of_nothing_is_empty(cursor: store.AnyCursor, library: Library) -> None:
    empty = space_query(library.space(1), {library.collection(): unit_rows(0)}, unit_rows(1)[0])

    for spaces in ([], [empty], [replace(empty, collections={})]):
        ranking = engine.rank(cursor, Request(spaces))

        assert (list(ranking.results), ranking.total) == ([], 0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"weights": {"color": 0, "texture": 0.0}}, "one extractor that is searched here needs a weight above 0"),
        ({"weights": {"shape": 1}}, "one extractor that is searched here needs a weight above 0"),
        ({"weights": {"color": -1}}, "weight of color must be a number from 0"),
        ({"weights": {"color": float("nan")}}, "weight of color must be a number from 0"),
        ({"weights": {"texture": float("inf")}}, "weight of texture must be a number from 0"),
        ({"votes": {UUID(int=1): 1.5}}, "A vote must be a number from −1 to 1"),
        ({"votes": {UUID(int=1): float("nan")}}, "A vote must be a number from −1 to 1"),
        ({"method": "svm"}, "no feedback method “svm”"),
        ({"parameters": {"alpha": -1}}, "alpha must be a number"),
        ({"parameters": {"adapt_weights": "yes"}}, "adapt_weights must be true or false"),
        ({"limit": -1}, "limit and offset must not be negative"),
        ({"offset": -1}, "limit and offset must not be negative"),
    ],
)
def test_rank_refuses_what_makes_no_sense(shelf: Shelf, options: Mapping[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        shelf.rank(**options)


@pytest.mark.parametrize("spaces", [1, 2])
@pytest.mark.parametrize("rows", [1, 3])
def test_rank_needs_one_statement_a_space_and_one_more_with_votes(
    connection: AnyConnection, library: Library, spaces: int, rows: int
) -> None:
    shelf = Shelf(library, rows)
    queries = shelf.queries()[:spaces]
    with Counting(connection) as cursor:
        engine.rank(cursor, Request(queries, filters=Filters(labels=[""])))
        plain = cursor.statements
        engine.rank(cursor, Request(queries, votes={shelf.ids[0]: 0.0}))
        withdrawn = cursor.statements - plain
        engine.rank(cursor, Request(queries, votes={shelf.ids[0]: 1.0}))

    assert (plain, withdrawn, cursor.statements - plain - withdrawn) == (spaces, spaces, 2 * spaces)


class Counting(psycopg.Cursor[tuple[Any, ...]]):
    """A cursor that counts what it sends."""

    statements = 0

    def execute(self, *args: Any, **options: Any) -> "Counting":
        self.statements += 1
        return super().execute(*args, **options)

    def copy(self, *args: Any, **options: Any) -> Any:
        self.statements += 1
        return super().copy(*args, **options)
