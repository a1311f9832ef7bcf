"""Making and filling the feature table."""

from collections.abc import Sequence
from uuid import UUID

from psycopg import sql

from semblance.extractors.contract import Vectors
from semblance.retrieval.store.packing import AnyCursor, copy_rows

_TABLE = """
CREATE TABLE indexing_feature (
    space_id integer NOT NULL REFERENCES indexing_featurespace (id) ON DELETE CASCADE,
    collection_id uuid NOT NULL REFERENCES library_collection (id) ON DELETE CASCADE,
    image_id uuid NOT NULL REFERENCES library_image (id) ON DELETE CASCADE,
    vector halfvec STORAGE PLAIN NOT NULL,
    PRIMARY KEY (space_id, collection_id, image_id)
) PARTITION BY LIST (space_id);
CREATE INDEX indexing_feature_image ON indexing_feature (image_id);
CREATE INDEX indexing_feature_collection ON indexing_feature (collection_id);
"""

_PARTITION = """
DO $$ BEGIN
    IF NOT EXISTS ({there}) THEN
        PERFORM pg_advisory_xact_lock({lock}, {space});
        IF NOT EXISTS ({there}) THEN
            CREATE TABLE {partition} (LIKE indexing_feature INCLUDING STORAGE);
            ALTER TABLE indexing_feature ATTACH PARTITION {partition} FOR VALUES IN ({space});
        END IF;
    END IF;
END $$
"""

_THERE = """
SELECT FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
WHERE inhparent = 'indexing_feature'::regclass AND relname = {name}
"""

_STAGE = "CREATE TEMPORARY TABLE IF NOT EXISTS semblance_batch (image_id uuid, vector halfvec STORAGE PLAIN)"

_MERGE = """
INSERT INTO indexing_feature AS stored (space_id, collection_id, image_id, vector)
SELECT %(space)s, image.collection_id, image.id, batch.vector
FROM pg_temp.semblance_batch AS batch
JOIN library_image AS image ON image.id = batch.image_id AND image.collection_id = %(collection)s
ORDER BY image.id
FOR KEY SHARE OF image
ON CONFLICT (space_id, collection_id, image_id) DO UPDATE
SET vector = excluded.vector WHERE stored.vector <> excluded.vector
"""

_LOCK = 0x53454D42
"""First half of the advisory lock that makers of a partition take; the second is the space."""


def create_feature_table(cursor: AnyCursor) -> None:
    """Create the partitioned parent table; for a migration.

    Vectors are stored in the row (``PLAIN``): by default PostgreSQL moves those above 2 kB out of line, and a search at
    1280 dimensions takes twice as long. The indexes on image and collection serve cascading deletes.
    """
    cursor.execute(_TABLE)


def ensure_partition(cursor: AnyCursor, space: int) -> None:
    """Create the partition of a feature space unless it is there; any number of workers may ask at once.

    It is made apart and then attached: ``CREATE TABLE … PARTITION OF`` would wait for every search that runs, and every
    later search for it. The second look reads the catalog itself, as waiting for an advisory lock refreshes no cache.
    """
    name = f"indexing_feature_{int(space)}"
    there = sql.SQL(_THERE).format(name=sql.Literal(name))
    cursor.execute(
        sql.SQL(_PARTITION).format(
            there=there, lock=_LOCK, space=sql.Literal(int(space)), partition=sql.Identifier(name)
        )
    )


def drop_partition(cursor: AnyCursor, space: int) -> None:
    """Drop all vectors of a feature space; nothing happens where there are none."""
    cursor.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(f"indexing_feature_{int(space)}")))


def write(cursor: AnyCursor, space: int, collection: UUID, ids: Sequence[UUID], vectors: Vectors) -> int:
    """Store the vectors of a batch; the partition must exist.

    An image that has a vector in the space gets the new one. Images that are not (or no longer) in the collection are
    skipped: somebody may delete an image while its features are computed.

    Parameters
    ----------
    cursor : psycopg cursor
    space : int
    collection : UUID
    ids : sequence of n distinct UUID
    vectors : (n, dimension) float32 array

    Returns
    -------
    int
        Rows inserted or changed.

    Raises
    ------
    ValueError
        For repeated ids, a shape that does not fit, values that are not finite or beyond ±65504.
    """
    rows = copy_rows(ids, vectors)
    cursor.execute(_STAGE)
    cursor.execute("TRUNCATE pg_temp.semblance_batch")
    with cursor.copy("COPY pg_temp.semblance_batch (image_id, vector) FROM STDIN (FORMAT binary)") as copy:
        copy.write(rows)
    cursor.execute(_MERGE, {"space": space, "collection": collection})
    return int(cursor.rowcount)


def remove(cursor: AnyCursor, space: int, collection: UUID) -> int:
    """Delete a collection's vectors in a space and return how many there were."""
    cursor.execute("DELETE FROM indexing_feature WHERE space_id = %s AND collection_id = %s", (space, collection))
    return int(cursor.rowcount)
