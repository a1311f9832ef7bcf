import threading
from uuid import uuid4

import numpy as np
import psycopg
import pytest
from psycopg import sql

from semblance.retrieval import store
from semblance.retrieval.types import Relations
from tests.retrieval.conftest import connected
from tests.retrieval.database import AnyConnection, Library, gaussian

STORED = Relations()


def partitions(cursor: store.AnyCursor) -> list[str]:
    cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'indexing_feature'::regclass")
    return sorted(row[0] for row in cursor.fetchall())


def test_partition_is_made_once(cursor: store.AnyCursor, library: Library) -> None:
    library.space(7)
    store.ensure_partition(cursor, 7)

    assert partitions(cursor) == ["indexing_feature_7"]


def test_partition_keeps_vectors_in_the_row(cursor: store.AnyCursor, library: Library) -> None:
    library.space(7)

    cursor.execute(
        "SELECT attstorage FROM pg_attribute WHERE attrelid = 'indexing_feature_7'::regclass AND attname = 'vector'"
    )
    assert cursor.fetchone() == ("p",)


def test_partition_is_dropped_with_its_vectors(cursor: store.AnyCursor, library: Library) -> None:
    collection, space = library.collection(), library.space(7)
    library.filled(space, collection, gaussian(2))

    store.drop_partition(cursor, space)
    store.drop_partition(cursor, space)

    assert partitions(cursor) == []
    assert store.count(cursor, space, collection) == 0


def test_partition_may_be_asked_for_by_many_at_once(schema: tuple[str, str]) -> None:
    failures: list[BaseException] = []
    start = threading.Barrier(8)

    def ask() -> None:
        with connected(schema) as connection:
            start.wait()
            try:
                store.ensure_partition(connection.cursor(), 99)
            except psycopg.Error as error:
                failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with connected(schema) as connection:
        made = partitions(connection.cursor())
        store.drop_partition(connection.cursor(), 99)
    assert failures == []
    assert made == ["indexing_feature_99"]


def test_partition_is_made_while_a_search_runs(schema: tuple[str, str]) -> None:
    with connected(schema) as reader, connected(schema) as maker:
        reader.execute("SELECT count(*) FROM indexing_feature")
        maker.execute("SET lock_timeout = '2s'")

        store.ensure_partition(maker.cursor(), 98)

        assert partitions(maker.cursor()) == ["indexing_feature_98"]
        maker.rollback()


def test_write_stores_vectors_as_they_are(cursor: store.AnyCursor, library: Library) -> None:
    collection, space, vectors = library.collection(), library.space(1), gaussian(5, 12)
    ids = library.images(collection, 5)

    written = store.write(cursor, space, collection, ids, vectors)

    found = store.vectors(cursor, STORED, space, ids)
    assert written == 5
    assert set(found) == set(ids)
    for image, vector in zip(ids, vectors, strict=True):
        np.testing.assert_array_equal(found[image], vector.astype(np.float16).astype(np.float32))


def test_write_never_doubles_a_row(cursor: store.AnyCursor, library: Library) -> None:
    collection, space, vectors = library.collection(), library.space(1), gaussian(4)
    ids = library.filled(space, collection, vectors)
    newer = vectors.copy()
    newer[0] += 1

    written = store.write(cursor, space, collection, ids, newer)

    assert written == 1
    assert store.count(cursor, space, collection) == 4
    found = store.vectors(cursor, STORED, space, ids)
    np.testing.assert_array_equal(found[ids[0]], newer[0].astype(np.float16).astype(np.float32))


def test_write_skips_images_that_are_gone(cursor: store.AnyCursor, library: Library) -> None:
    collection, space = library.collection(), library.space(1)
    here, elsewhere = library.image(collection), library.image(library.collection())

    written = store.write(cursor, space, collection, [here, elsewhere, uuid4()], gaussian(3))

    assert written == 1
    assert list(store.vectors(cursor, STORED, space, [here, elsewhere])) == [here]


def test_write_waits_for_a_deletion_and_goes_on_without_the_image(schema: tuple[str, str]) -> None:
    written: list[int] = []
    with connected(schema) as deleter, connected(schema) as writer:
        library = Library(writer.cursor())
        collection, space = library.collection(), library.space(51)
        ids = library.images(collection, 3)
        writer.commit()
        deleter.execute("DELETE FROM library_image WHERE id = %s", (ids[0],))
        thread = threading.Thread(
            target=lambda: written.append(store.write(writer.cursor(), space, collection, ids, gaussian(3)))
        )
        thread.start()
        thread.join(0.3)
        waiting = thread.is_alive()
        deleter.commit()
        thread.join()

        assert waiting
        assert written == [2]
        writer.rollback()
        writer.execute("DELETE FROM library_collection WHERE id = %s", (collection,))
        writer.execute("DELETE FROM indexing_featurespace WHERE id = %s", (space,))
        store.drop_partition(writer.cursor(), space)


def test_write_of_nothing_writes_nothing(cursor: store.AnyCursor, library: Library) -> None:
    collection, space = library.collection(), library.space(1)

    assert store.write(cursor, space, collection, [], np.empty((0, 8), np.float32)) == 0


def test_write_holds_the_largest_dimension(cursor: store.AnyCursor, library: Library) -> None:
    collection, space, vectors = library.collection(), library.space(1), gaussian(2, 4000)

    ids = library.filled(space, collection, vectors)

    assert store.vectors(cursor, STORED, space, ids)[ids[0]].shape == (4000,)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 65505.0, -1e30])
def test_write_refuses_values_that_halfvec_cannot_hold(cursor: store.AnyCursor, library: Library, value: float) -> None:
    collection, space, vectors = library.collection(), library.space(1), gaussian(2)
    vectors[1, 3] = value

    with pytest.raises(ValueError, match="finite and within ±65504"):
        store.write(cursor, space, collection, library.images(collection, 2), vectors)


def test_write_refuses_ids_that_do_not_fit(cursor: store.AnyCursor, library: Library) -> None:
    collection, space = library.collection(), library.space(1)
    ids = library.images(collection, 2)

    with pytest.raises(ValueError, match="2 ids need as many rows"):
        store.write(cursor, space, collection, ids, gaussian(3))
    with pytest.raises(ValueError, match="must not come twice"):
        store.write(cursor, space, collection, [ids[0], ids[0]], gaussian(2))


def test_write_works_without_a_transaction(schema: tuple[str, str]) -> None:
    with connected(schema) as connection:
        connection.autocommit = True
        library = Library(connection.cursor())
        collection, space = library.collection(), library.space(50)

        ids = library.filled(space, collection, gaussian(3))
        written = store.write(connection.cursor(), space, collection, ids[:1], gaussian(1, seed=1))

        assert written == 1
        assert store.count(connection.cursor(), space, collection) == 3
        connection.execute("DELETE FROM library_collection WHERE id = %s", (collection,))
        connection.execute("DELETE FROM indexing_featurespace WHERE id = %s", (space,))
        store.drop_partition(connection.cursor(), space)


def test_remove_takes_one_collection_of_one_space(cursor: store.AnyCursor, library: Library) -> None:
    one, other, space, second = library.collection(), library.collection(), library.space(1), library.space(2)
    ids = library.filled(space, one, gaussian(3))
    store.write(cursor, second, one, ids, gaussian(3))
    library.filled(space, other, gaussian(2))

    removed = store.remove(cursor, space, one)

    counts = [store.count(cursor, s, c) for s, c in ((space, one), (second, one), (space, other))]
    assert removed == 3
    assert counts == [0, 3, 2]


@pytest.mark.parametrize(
    ("table", "column"),
    [("library_image", "collection_id"), ("library_collection", "id"), ("indexing_featurespace", "id")],
)
def test_vectors_go_with_what_they_belong_to(
    connection: AnyConnection, library: Library, table: str, column: str
) -> None:
    collection, space = library.collection(), library.space(1)
    library.filled(space, collection, gaussian(3))
    key = space if table == "indexing_featurespace" else collection

    connection.execute(
        sql.SQL("DELETE FROM {} WHERE {} = %s").format(sql.Identifier(table), sql.Identifier(column)), (key,)
    )

    assert store.count(connection.cursor(), space, collection) == 0
