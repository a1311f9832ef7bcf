from typing import Any
from uuid import UUID

import numpy as np
import psycopg
import pytest
from psycopg import sql

from semblance.extractors.contract import Distance, Vectors
from semblance.retrieval import store
from semblance.retrieval.distances import Probe, Vector, distances_to, into_working_space
from semblance.retrieval.store import Scope
from semblance.retrieval.store.packing import half_literal
from semblance.retrieval.types import Filters, Relations
from tests.retrieval.conftest import connected
from tests.retrieval.database import AnyConnection, Library, gaussian, unit_rows

STORED = Relations()


def found_by(cursor: store.AnyCursor, scope: Scope, probe: Probe, relations: Relations = STORED) -> dict[UUID, float]:
    ids, distances = store.distances(cursor, relations, scope, probe)
    assert ids.shape == (len(distances), 16)
    assert distances.dtype == np.float32
    return {UUID(bytes=image.tobytes()): float(value) for image, value in zip(ids, distances, strict=True)}


def probe_for(vectors: Vectors, query: Vector, distance: Distance, *, centred: bool) -> Probe:
    mean = vectors.mean(axis=0) if centred else None
    return Probe(distance, into_working_space(query, distance, mean), mean)


@pytest.mark.parametrize(
    ("distance", "centred", "tolerance"),
    [("cosine", False, 1e-3), ("cosine", True, 1e-3), ("euclidean", False, 4e-3), ("manhattan", False, 4e-2)],
)
def test_distances_are_those_of_numpy(
    cursor: store.AnyCursor, library: Library, distance: Distance, *, centred: bool, tolerance: float
) -> None:
    vectors = unit_rows(200, 64) if distance == "cosine" else gaussian(200, 64)
    collection, space = library.collection(), library.space(1)
    ids = library.filled(space, collection, vectors)
    probe = probe_for(vectors, vectors[5], distance, centred=centred)

    found = found_by(cursor, Scope(space, [collection]), probe)

    expected = distances_to(probe, vectors)
    values = np.array([found[image] for image in ids])
    assert len(found) == 200
    np.testing.assert_allclose(values, expected, atol=tolerance)
    assert set(np.argsort(values)[:20]) == set(np.argsort(expected)[:20])


@pytest.mark.parametrize("centred", [False, True])
def test_cosine_distances_ignore_the_length_of_the_query(
    cursor: store.AnyCursor, library: Library, *, centred: bool
) -> None:
    vectors = unit_rows(20, 64)
    collection, space = library.collection(), library.space(1)
    library.filled(space, collection, vectors)
    probe = probe_for(vectors, vectors[5], "cosine", centred=centred)

    found = found_by(cursor, Scope(space, [collection]), Probe("cosine", probe.vector * 2, probe.mean))

    assert found == pytest.approx(found_by(cursor, Scope(space, [collection]), probe), abs=1e-6)


@pytest.mark.parametrize("centred", [False, True])
def test_distance_of_what_has_no_direction_is_one(cursor: store.AnyCursor, library: Library, *, centred: bool) -> None:
    mean = np.array([0.5, 0, 0, 0.25], np.float32)
    vectors = np.stack([mean if centred else np.zeros(4, np.float32), np.array([0, 1, 0, 0], np.float32)])
    collection, space = library.collection(), library.space(1)
    ids = library.filled(space, collection, vectors)
    zero = Probe("cosine", np.zeros(4, np.float32), mean if centred else None)
    probe = Probe("cosine", np.array([0, 1, 0, 0], np.float32), mean if centred else None)

    assert found_by(cursor, Scope(space, [collection]), probe)[ids[0]] == 1
    assert found_by(cursor, Scope(space, [collection]), zero) == dict.fromkeys(ids, 1.0)


def test_distances_keep_to_space_and_collections(cursor: store.AnyCursor, library: Library) -> None:
    mine, second, foreign = (library.collection() for _ in range(3))
    space, other = library.space(1), library.space(2)
    ids = library.filled(space, mine, gaussian(3)) + library.filled(space, second, gaussian(2))
    library.filled(space, foreign, gaussian(4))
    library.filled(other, mine, gaussian(5))
    probe = Probe("euclidean", gaussian(1)[0])

    assert set(found_by(cursor, Scope(space, [mine, second]), probe)) == set(ids)
    assert set(found_by(cursor, Scope(space, [mine]), probe)) == set(ids[:3])
    assert found_by(cursor, Scope(space, []), probe) == {}
    assert found_by(cursor, Scope(77, [mine]), probe) == {}


def test_distances_leave_out_what_is_excluded(cursor: store.AnyCursor, library: Library) -> None:
    collection, space = library.collection(), library.space(1)
    ids = library.filled(space, collection, gaussian(3))

    found = found_by(cursor, Scope(space, [collection], exclude=ids[:1]), Probe("euclidean", gaussian(1)[0]))

    assert set(found) == set(ids[1:])


IMAGES: list[dict[str, Any]] = [
    {"label": "cat", "tags": ("soft", "small"), "metadata": {"place": "Ulm", "camera": {"iso": 100}}},
    {"label": "dog", "tags": ("soft",), "metadata": {"place": "Ulm", "years": [2019, 2020]}},
    {"label": "it's \\ 50% “odd”", "tags": ("a,b", 'q"{}'), "metadata": {"it's": "50% \\u0000 %s {x}"}},
    {},
]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(), [0, 1, 2, 3]),
        (Filters(labels=["cat"]), [0]),
        (Filters(labels=["cat", "dog", "cow"]), [0, 1]),
        (Filters(labels=[""]), [3]),
        (Filters(tags=["soft"]), [0, 1]),
        (Filters(tags=["soft", "small"]), [0]),
        (Filters(metadata={"place": "Ulm"}), [0, 1]),
        (Filters(metadata={"camera": {"iso": 100}}), [0]),
        (Filters(metadata={"years": [2020]}), [1]),
        (Filters(labels=["dog"], tags=["soft"], metadata={"place": "Ulm"}), [1]),
        (Filters(labels=["dog"], tags=["small"]), []),
        (Filters(labels=["it's \\ 50% “odd”"]), [2]),
        (Filters(tags=["a,b", 'q"{}']), [2]),
        (Filters(metadata={"it's": "50% \\u0000 %s {x}"}), [2]),
        (Filters(labels=["' OR true --"]), []),
    ],
)
def test_filters_must_all_hold(
    cursor: store.AnyCursor, library: Library, filters: Filters, expected: list[int]
) -> None:
    collection, space = library.collection(), library.space(1)
    ids = [library.image(collection, **facts) for facts in IMAGES]
    store.write(cursor, space, collection, ids, gaussian(4))
    library.filled(space, library.collection(), gaussian(2))

    found = found_by(cursor, Scope(space, [collection], filters), Probe("euclidean", gaussian(1)[0]))

    assert set(found) == {ids[place] for place in expected}


@pytest.mark.parametrize(
    "filters",
    [
        Filters(labels=["a\0"]),
        Filters(tags=["\ud800"]),
        Filters(metadata={"a": ["\0"]}),
        Filters(metadata={"\0": 1}),
        Filters(metadata={"a": "\\\0"}),
        Filters(metadata={"a": float("nan")}),
    ],
)
def test_filters_that_no_image_can_have_are_refused(cursor: store.AnyCursor, filters: Filters) -> None:
    with pytest.raises(ValueError, match=r"must not hold NUL|not JSON compliant"):
        store.distances(cursor, STORED, Scope(1, [], filters), Probe("euclidean", gaussian(1)[0]))


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e6])
def test_probe_beyond_the_range_is_refused(cursor: store.AnyCursor, value: float) -> None:
    with pytest.raises(ValueError, match="query vector must be finite"):
        store.distances(cursor, STORED, Scope(1, []), Probe("euclidean", np.array([value], np.float32)))


def test_search_works_on_views_of_another_schema(connection: AnyConnection, library: Library) -> None:
    cursor = connection.cursor()
    collection, hidden, space = library.collection(), library.collection(), library.space(1)
    ids = [library.image(collection, label="cat"), library.image(collection)]
    store.write(cursor, space, collection, ids, gaussian(2))
    library.filled(space, hidden, gaussian(2))
    cursor.execute("CREATE SCHEMA gateway_test")
    view = sql.SQL("CREATE VIEW gateway_test.features_v1 AS SELECT * FROM indexing_feature WHERE collection_id = {}")
    cursor.execute(view.format(sql.Literal(collection)))
    cursor.execute("CREATE VIEW gateway_test.images_v1 AS SELECT * FROM library_image")
    views = Relations("gateway_test.features_v1", "gateway_test.images_v1")
    scope = Scope(space, [collection, hidden], Filters(labels=["cat", ""]))

    found = found_by(cursor, scope, Probe("euclidean", gaussian(1)[0]), views)

    assert set(found) == set(ids)
    assert set(store.vectors(cursor, views, space, ids)) == set(ids)


def test_search_works_with_values_bound_on_our_side(schema: tuple[str, str]) -> None:
    with connected(schema) as connection:
        cursor = psycopg.ClientCursor(connection)
        library = Library(cursor)
        collection, space = library.collection(), library.space(1)
        ids = library.filled(space, collection, gaussian(3))
        scope = Scope(space, [collection], Filters(metadata={}, labels=[""]), ids[:1])

        found = found_by(cursor, scope, Probe("manhattan", gaussian(1)[0]))

        assert set(found) == set(ids[1:])
        assert store.missing(cursor, [space], collection) == []
        connection.rollback()


def plan_of(connection: AnyConnection, scope: Scope, relations: Relations = STORED) -> list[dict[str, Any]]:
    """Return the nodes of the plan that a search gets."""
    statements: list[str] = []

    class Explaining(psycopg.Cursor[tuple[Any, ...]]):
        def copy(self, statement: Any, *args: Any, **options: Any) -> Any:
            statements.append(str(statement).removeprefix("COPY (").removesuffix(") TO STDOUT (FORMAT binary)"))
            return super().copy(statement, *args, **options)

    store.distances(Explaining(connection), relations, scope, Probe("euclidean", gaussian(1)[0]))
    row = connection.execute("EXPLAIN (FORMAT json) " + statements[0]).fetchone()
    assert row
    nodes, waiting = [], [row[0][0]["Plan"]]
    while waiting:
        node = waiting.pop()
        nodes.append(node)
        waiting += node.get("Plans", [])
    return nodes


def crowded(connection: AnyConnection, library: Library) -> tuple[int, list[UUID]]:
    """Fill two spaces with twenty collections each and let the planner know."""
    collections = [library.collection() for _ in range(20)]
    spaces = [library.space(number) for number in (1, 2)]
    for collection in collections:
        for space in spaces:
            library.filled(space, collection, gaussian(100))
    connection.execute("ANALYZE indexing_feature")
    return spaces[0], collections


@pytest.mark.parametrize("filters", [Filters(), Filters(labels=["cat"])])
def test_search_reads_the_partition_of_its_space_alone(
    connection: AnyConnection, library: Library, filters: Filters
) -> None:
    space, collections = crowded(connection, library)

    nodes = plan_of(connection, Scope(space, collections, filters))

    read = {node["Relation Name"] for node in nodes if "Relation Name" in node}
    assert read - {"library_image"} == {"indexing_feature_1"}


def test_search_of_one_collection_among_many_goes_by_index(connection: AnyConnection, library: Library) -> None:
    space, collections = crowded(connection, library)

    nodes = plan_of(connection, Scope(space, collections[:1]))

    conditions = [str(node.get("Index Cond", "")) for node in nodes if "Index Name" in node]
    assert conditions
    assert all("collection_id" in condition for condition in conditions)
    assert not [node for node in nodes if node["Node Type"] == "Seq Scan"]


def test_query_is_sent_without_loss(cursor: store.AnyCursor) -> None:
    every = np.arange(2**16, dtype=np.uint16).view(np.float16)
    numbers = every[np.isfinite(every)].reshape(-1, 2048)

    for row in numbers:
        cursor.execute(sql.SQL("SELECT ({})::real[]").format(half_literal(row)))
        found = cursor.fetchone()

        assert found is not None
        np.testing.assert_array_equal(np.array(found[0], np.float16), row)
