"""The one home of SQL on the feature table: a psycopg cursor in, arrays out.

Results travel as one value: ``string_agg`` packs fixed-size entries on the server and NumPy reads them in place. One row
per image costs five times as much on the way as computing the distances does. ``docs/retrieval.md`` has the figures.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
from pgvector import HalfVector
from psycopg import Cursor, sql
from psycopg.types.json import Jsonb

from semblance.extractors.contract import Vectors
from semblance.retrieval.distances import Probe, Vector
from semblance.retrieval.fusion import Ids
from semblance.retrieval.types import Filters, Relations

AnyCursor = Cursor[Any]

HALF_LARGEST = 65504.0
"""Largest number that ``halfvec`` holds."""

SAMPLE_SEED = 20
"""Any constant: the sample of a collection changes only with its images."""

_PARTITION_LOCK = 0x53454D42
_COPY_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_COPY_TRAILER = b"\xff\xff"
_FEATURES = sql.Identifier("indexing_feature")
_IMAGES = sql.Identifier("library_image")

_TABLE = """
CREATE TABLE indexing_feature (
    space_id integer NOT NULL REFERENCES indexing_featurespace (id) ON DELETE CASCADE,
    collection_id uuid NOT NULL REFERENCES library_collection (id) ON DELETE CASCADE,
    image_id uuid NOT NULL REFERENCES library_image (id) ON DELETE CASCADE,
    vector halfvec NOT NULL,
    PRIMARY KEY (space_id, collection_id, image_id)
) PARTITION BY LIST (space_id);
ALTER TABLE indexing_feature ALTER COLUMN vector SET STORAGE PLAIN;
CREATE INDEX indexing_feature_image ON indexing_feature (image_id);
CREATE INDEX indexing_feature_collection ON indexing_feature (collection_id);
"""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where to look: which images of a feature space a search may see.

    Attributes
    ----------
    space : int
    collections : collection of UUID
    filters : Filters
    exclude : collection of UUID
        Images to leave out.
    """

    space: int
    collections: Collection[UUID]
    filters: Filters = Filters()
    exclude: Collection[UUID] = ()


def create_feature_table(cursor: AnyCursor) -> None:
    """Create the partitioned parent table; for a migration.

    Vectors are stored in the row (``PLAIN``): above 2 kB PostgreSQL would move them out of line and fetch each one twice,
    which doubles the cost of a search at 1280 dimensions. The indexes on image and collection serve cascading deletes.
    """
    cursor.execute(_TABLE)


def _partition(space: int) -> sql.Identifier:
    return sql.Identifier(f"indexing_feature_{int(space)}")


def ensure_partition(cursor: AnyCursor, space: int) -> None:
    """Create the partition of a feature space unless it is there; any number of workers may ask at once.

    The look before the lock matters: creating a partition, even IF NOT EXISTS, would wait for every running search.
    """
    statement = sql.SQL(
        "DO $$ BEGIN IF to_regclass({name}) IS NULL THEN PERFORM pg_advisory_xact_lock({lock}, {space});"
        " CREATE TABLE IF NOT EXISTS {partition} PARTITION OF {features} FOR VALUES IN ({space}); END IF; END $$"
    )
    cursor.execute(
        statement.format(
            name=sql.Literal(f"indexing_feature_{int(space)}"),
            lock=sql.Literal(_PARTITION_LOCK),
            space=sql.Literal(int(space)),
            partition=_partition(space),
            features=_FEATURES,
        )
    )


def drop_partition(cursor: AnyCursor, space: int) -> None:
    """Drop all vectors of a feature space; nothing happens where there are none."""
    cursor.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(_partition(space)))


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
    block = _checked(ids, vectors)
    cursor.execute("CREATE TEMPORARY TABLE IF NOT EXISTS semblance_batch (image_id uuid, vector halfvec)")
    cursor.execute("TRUNCATE pg_temp.semblance_batch")
    with cursor.copy("COPY pg_temp.semblance_batch (image_id, vector) FROM STDIN (FORMAT binary)") as copy:
        copy.write(_COPY_HEADER + block.tobytes() + _COPY_TRAILER)
    cursor.execute(
        sql.SQL(
            "INSERT INTO {features} AS stored (space_id, collection_id, image_id, vector)"
            " SELECT %(space)s, image.collection_id, image.id, batch.vector FROM pg_temp.semblance_batch AS batch"
            " JOIN {images} AS image ON image.id = batch.image_id AND image.collection_id = %(collection)s"
            " ORDER BY image.id FOR KEY SHARE OF image"
            " ON CONFLICT (space_id, collection_id, image_id)"
            " DO UPDATE SET vector = excluded.vector WHERE stored.vector <> excluded.vector"
        ).format(features=_FEATURES, images=_IMAGES),
        {"space": space, "collection": collection},
    )
    written = cursor.rowcount
    cursor.execute("TRUNCATE pg_temp.semblance_batch")
    return written


def _checked(ids: Sequence[UUID], vectors: Vectors) -> npt.NDArray[np.void]:
    """Check a batch and lay it out as rows of PostgreSQL's binary COPY format."""
    vectors = np.asarray(vectors, np.float32)
    if vectors.ndim != 2 or len(vectors) != len(ids):
        raise ValueError(f"{len(ids)} ids need as many rows of vectors, not the shape {vectors.shape}.")
    if len(set(ids)) != len(ids):
        raise ValueError("An image must not come twice in one batch.")
    if not np.all(np.abs(vectors) <= HALF_LARGEST):
        raise ValueError(f"Vectors must be finite and within ±{HALF_LARGEST:.0f}.")
    dimension = vectors.shape[1]
    layout = [("fields", ">i2"), ("id_size", ">i4"), ("id", "u1", 16), ("size", ">i4"), ("dimension", ">i2")]
    rows = np.zeros(len(ids), np.dtype([*layout, ("unused", ">i2"), ("vector", ">f2", (dimension,))]))
    rows["fields"], rows["id_size"], rows["size"], rows["dimension"] = 2, 16, 4 + 2 * dimension, dimension
    rows["id"] = np.frombuffer(b"".join(image.bytes for image in ids), np.uint8).reshape(-1, 16)
    rows["vector"] = vectors
    return rows


def remove(cursor: AnyCursor, space: int, collection: UUID) -> int:
    """Delete a collection's vectors in a space and return how many there were."""
    cursor.execute(
        sql.SQL("DELETE FROM {} WHERE space_id = %s AND collection_id = %s").format(_FEATURES), (space, collection)
    )
    return cursor.rowcount


def count(cursor: AnyCursor, space: int, collection: UUID) -> int:
    """Count a collection's vectors in a space."""
    cursor.execute(
        sql.SQL("SELECT count(*) FROM {} WHERE space_id = %s AND collection_id = %s").format(_FEATURES),
        (space, collection),
    )
    return _number(cursor)


def missing(
    cursor: AnyCursor, spaces: Sequence[int], collection: UUID, after: UUID | None = None, limit: int = 1000
) -> list[UUID]:
    """List images of a collection that lack a vector in any of the spaces, except those set aside as failed.

    Parameters
    ----------
    cursor : psycopg cursor
    spaces : sequence of int
    collection : UUID
    after : UUID, optional
        Only ids above this one: the last id of the page before.
    limit : int

    Returns
    -------
    list of UUID
        In the order of their ids.
    """
    if not spaces:
        return []
    numbers = range(len(spaces))
    joins = [
        sql.SQL(
            " LEFT JOIN {features} AS {alias} ON {alias}.space_id = {space}"
            " AND {alias}.collection_id = %(collection)s AND {alias}.image_id = image.id"
        ).format(features=_FEATURES, alias=sql.Identifier(f"f{number}"), space=sql.Literal(int(spaces[number])))
        for number in numbers
    ]
    lacking = sql.SQL(" OR ").join(
        sql.SQL("{}.image_id IS NULL").format(sql.Identifier(f"f{number}")) for number in numbers
    )
    cursor.execute(
        sql.SQL(
            "SELECT image.id FROM {images} AS image {joins} WHERE image.collection_id = %(collection)s"
            " AND image.state <> 'failed' AND image.id > %(after)s AND ({lacking}) ORDER BY image.id LIMIT %(limit)s"
        ).format(images=_IMAGES, joins=sql.SQL("").join(joins), lacking=lacking),
        {"collection": collection, "after": after or UUID(int=0), "limit": limit},
    )
    return [row[0] for row in cursor.fetchall()]


def vectors(cursor: AnyCursor, relations: Relations, scope: Scope, ids: Collection[UUID]) -> dict[UUID, Vector]:
    """Fetch vectors of some images, as far as the scope's collections hold them; its filters do not matter here."""
    condition = sql.SQL("collection_id = ANY(%(collections)s::uuid[]) AND image_id = ANY(%(ids)s::uuid[])")
    found, rows = _fetch(
        cursor, relations, scope.space, condition, {"collections": list(scope.collections), "ids": list(ids)}
    )
    return {UUID(bytes=image.tobytes()): row for image, row in zip(found, rows, strict=True)}


def sample(cursor: AnyCursor, space: int, collection: UUID, size: int) -> Vectors:
    """Fetch up to ``size`` vectors of a collection, the same ones for the same images; (n, dimension) float32 array."""
    condition = sql.SQL(
        "collection_id = %(collection)s ORDER BY uuid_hash_extended(image_id, {}), image_id LIMIT %(size)s"
    ).format(sql.Literal(SAMPLE_SEED))
    return _fetch(cursor, Relations(), space, condition, {"collection": collection, "size": size})[1]


def mean(cursor: AnyCursor, space: int, collection: UUID) -> Vector | None:
    """Compute the mean vector of a collection in a space; None while it holds no vector."""
    selected = sql.SQL(
        "SELECT vector_send(avg(vector::vector)) FROM {} WHERE space_id = {} AND collection_id = %(collection)s"
    ).format(_FEATURES, sql.Literal(int(space)))
    data = _packed(cursor, selected, {"collection": collection})
    return np.frombuffer(data, ">f4", offset=4).astype(np.float32) if data else None


def distances(cursor: AnyCursor, relations: Relations, scope: Scope, probe: Probe) -> tuple[Ids, Vector]:
    """Compute the distance of every image in a scope from a probe.

    Parameters
    ----------
    cursor : psycopg cursor
    relations : Relations
    scope : Scope
    probe : Probe

    Returns
    -------
    ids : (n, 16) uint8 array
        Bytes of the images' UUIDs, in no particular order.
    distances : (n,) float32 array
        Equal to :func:`semblance.retrieval.distances.distances_to` up to the rounding of ``halfvec`` (about 1e-4 for
        cosine).
    """
    conditions, parameters = _conditions(relations, scope)
    selected = sql.SQL(
        "SELECT string_agg(uuid_send(feature.image_id) || float4send(({distance})::real), ''::bytea)"
        " FROM {features} AS feature WHERE feature.space_id = {space} AND {conditions}"
    ).format(
        distance=_distance(probe),
        features=_relation(relations.features),
        space=sql.Literal(int(scope.space)),
        conditions=conditions,
    )
    entries = np.frombuffer(_packed(cursor, selected, parameters), np.dtype([("id", "u1", 16), ("distance", ">f4")]))
    found = entries["distance"].astype(np.float32)
    return np.ascontiguousarray(entries["id"]), np.clip(found, 0, 2) if probe.distance == "cosine" else found


def count_matching(
    cursor: AnyCursor,
    relations: Relations,
    collections: Collection[UUID],
    filters: Filters,
    exclude: Collection[UUID] = (),
) -> int:
    """Count the images of collections that pass the filters, whether they have features or not."""
    conditions, parameters = _image_conditions(filters)
    parameters |= {"collections": list(collections), "exclude": list(exclude)}
    statement = sql.SQL(
        "SELECT count(*) FROM {} AS image WHERE image.collection_id = ANY(%(collections)s::uuid[])"
        " AND image.id <> ALL(%(exclude)s::uuid[]) AND {}"
    ).format(_relation(relations.images), conditions)
    cursor.execute(statement, parameters)
    return _number(cursor)


def _distance(probe: Probe) -> sql.Composable:
    """Write a probe's distance from ``feature.vector`` as SQL.

    The centred cosine is 1 − ⟨v−μ, q⟩ / (‖v−μ‖·‖q‖) with ⟨v−μ, q⟩ = ⟨v, q⟩ − ⟨μ, q⟩, so that no vector is built per row: half
    the cost of ``(vector - μ) <=> q``. A row without direction has distance 1.
    """
    query = _half(probe.vector)
    if probe.distance == "euclidean":
        return sql.SQL("feature.vector <-> {}").format(_literal(query))
    if probe.distance == "manhattan":
        return sql.SQL("feature.vector <+> {}").format(_literal(query))
    length = float(np.linalg.norm(query.astype(np.float64)))
    if length == 0:
        return sql.SQL("1")
    if probe.mean is None:
        return sql.SQL("coalesce(nullif(feature.vector <=> {}, 'NaN'), 1)").format(_literal(query))
    center = _half(probe.mean)
    return sql.SQL(
        "coalesce(1 + ((feature.vector <#> {query}) + {offset}) / nullif((feature.vector <-> {center}) * {length}, 0), 1)"
    ).format(
        query=_literal(query),
        offset=sql.Literal(float(center.astype(np.float64) @ query.astype(np.float64))),
        center=_literal(center),
        length=sql.Literal(length),
    )


def _half(vector: Vector) -> npt.NDArray[np.float16]:
    if not np.all(np.abs(vector) <= HALF_LARGEST):
        raise ValueError(f"A query vector must be finite and within ±{HALF_LARGEST:.0f}.")
    return vector.astype(np.float16)


def _literal(vector: npt.NDArray[np.float16]) -> sql.Composable:
    return sql.SQL("{}::halfvec").format(sql.Literal(HalfVector(vector).to_text()))


def _relation(name: str) -> sql.Identifier:
    return sql.Identifier(*name.split("."))


def _conditions(relations: Relations, scope: Scope) -> tuple[sql.Composable, dict[str, Any]]:
    """Write a scope as conditions on ``feature``."""
    conditions = [sql.SQL("feature.collection_id = ANY(%(collections)s::uuid[])")]
    parameters: dict[str, Any] = {"collections": list(scope.collections)}
    if scope.exclude:
        conditions.append(sql.SQL("feature.image_id <> ALL(%(exclude)s::uuid[])"))
        parameters["exclude"] = list(scope.exclude)
    if scope.filters != Filters():
        filtered, values = _image_conditions(scope.filters)
        parameters |= values
        exists = sql.SQL("EXISTS (SELECT FROM {} AS image WHERE image.id = feature.image_id AND {})")
        conditions.append(exists.format(_relation(relations.images), filtered))
    return sql.SQL(" AND ").join(conditions), parameters


def _image_conditions(filters: Filters) -> tuple[sql.Composable, dict[str, Any]]:
    """Write filters as conditions on ``image``; every value is bound."""
    conditions, parameters = [sql.SQL("true")], {}
    for column, value, condition in (
        ("labels", list(filters.labels), "image.label = ANY(%(labels)s::varchar[])"),
        ("tags", list(filters.tags), "image.tags @> %(tags)s::varchar[]"),
        (
            "metadata",
            Jsonb(dict(filters.metadata)) if filters.metadata else None,
            "image.metadata @> %(metadata)s::jsonb",
        ),
    ):
        if value:
            conditions.append(sql.SQL(condition))
            parameters[column] = value
    return sql.SQL(" AND ").join(conditions), parameters


def _fetch(
    cursor: AnyCursor, relations: Relations, space: int, condition: sql.Composable, parameters: Mapping[str, Any]
) -> tuple[Ids, Vectors]:
    """Fetch ids and vectors of a space under a condition."""
    selected = sql.SQL(
        "SELECT string_agg(uuid_send(image_id) || halfvec_send(vector), ''::bytea) FROM"
        " (SELECT image_id, vector FROM {} WHERE space_id = {} AND {}) AS chosen"
    ).format(_relation(relations.features), sql.Literal(int(space)), condition)
    data = _packed(cursor, selected, parameters)
    dimension = int.from_bytes(data[16:18], "big")
    layout = np.dtype([("id", "u1", 16), ("head", "u1", 4), ("vector", ">f2", (dimension,))])
    rows = np.frombuffer(data, layout)
    return np.ascontiguousarray(rows["id"]), rows["vector"].astype(np.float32)


def _packed(cursor: AnyCursor, selected: sql.Composable, parameters: Mapping[str, Any]) -> bytes:
    """Run a SELECT of one ``bytea`` and return it; empty for NULL. COPY is the way to binary on every kind of cursor."""
    statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT binary)").format(selected)
    with cursor.copy(statement, parameters) as copy:
        data = b"".join(copy)
    start = len(_COPY_HEADER) + 6
    size = int.from_bytes(data[start - 4 : start], "big", signed=True)
    return data[start : start + size] if size > 0 else b""


def _number(cursor: AnyCursor) -> int:
    row = cursor.fetchone()
    return int(row[0]) if row else 0
