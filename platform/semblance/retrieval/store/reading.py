"""Reading vectors, and what is missing."""

from collections.abc import Collection, Sequence
from uuid import UUID

import numpy as np
from psycopg import sql

from semblance.extractors.contract import Vectors
from semblance.retrieval.distances import Vector
from semblance.retrieval.fusion import Ids
from semblance.retrieval.store.packing import AnyCursor, fetch_packed, literal, relation
from semblance.retrieval.types import Relations

SAMPLE_SEED = 20
"""Any constant: the sample of a collection changes only with its images."""


def vectors(
    cursor: AnyCursor,
    relations: Relations,
    space: int,
    ids: Collection[UUID],
    collections: Collection[UUID] | None = None,
) -> dict[UUID, Vector]:
    """Fetch the vectors of some images in a space.

    Parameters
    ----------
    cursor : psycopg cursor
    relations : Relations
    space : int
    ids : collection of UUID
    collections : collection of UUID, optional
        Only images of these.

    Returns
    -------
    dict of UUID to (dimension,) float32 array
        Without the images that have no vector there.
    """
    condition = sql.SQL("image_id = ANY({})").format(literal(list(ids), "uuid[]"))
    if collections is not None:
        condition = sql.SQL("{} AND collection_id = ANY({})").format(condition, literal(list(collections), "uuid[]"))
    found, rows = _fetch(cursor, relations, space, condition)
    return {UUID(bytes=image.tobytes()): row for image, row in zip(found, rows, strict=True)}


def sample(cursor: AnyCursor, space: int, collection: UUID, size: int) -> Vectors:
    """Fetch up to ``size`` vectors of a collection, the same ones while its images are the same.

    Returns
    -------
    (n, dimension) float32 array
        (0, 0) where the collection has no vector.
    """
    condition = sql.SQL("collection_id = {} ORDER BY uuid_hash_extended(image_id, {}), image_id LIMIT {}").format(
        literal(collection, "uuid"), sql.Literal(SAMPLE_SEED), sql.Literal(int(size))
    )
    return _fetch(cursor, Relations(), space, condition)[1]


def mean(cursor: AnyCursor, space: int, collection: UUID) -> Vector | None:
    """Compute the mean vector of a collection in a space; None while it holds no vector."""
    selected = sql.SQL(
        "SELECT vector_send(avg(vector::vector)) FROM indexing_feature WHERE space_id = {} AND collection_id = {}"
    )
    data = fetch_packed(cursor, selected.format(sql.Literal(int(space)), literal(collection, "uuid")))
    return np.frombuffer(data, ">f4", offset=4).astype(np.float32) if data else None


def count(cursor: AnyCursor, space: int, collection: UUID) -> int:
    """Count a collection's vectors in a space."""
    cursor.execute(
        "SELECT count(*) FROM indexing_feature WHERE space_id = %s AND collection_id = %s", (space, collection)
    )
    return number(cursor)


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
    statement = sql.SQL("SELECT image.id {} AND image.id > %s ORDER BY image.id LIMIT %s")
    cursor.execute(statement.format(_lacking(spaces, collection)), (after or UUID(int=0), limit))
    return [row[0] for row in cursor.fetchall()]


def count_missing(cursor: AnyCursor, spaces: Sequence[int], collection: UUID) -> int:
    """Count what :func:`missing` lists."""
    cursor.execute(sql.SQL("SELECT count(*) {}").format(_lacking(spaces, collection)))
    return number(cursor)


def number(cursor: AnyCursor) -> int:
    """Fetch the one number of an answer."""
    row = cursor.fetchone()
    return int(row[0]) if row else 0


def _lacking(spaces: Sequence[int], collection: UUID) -> sql.Composed:
    """Write FROM and WHERE of the images that lack a vector: one ordered join a space, so that a page reads no more."""
    owner = literal(collection, "uuid")
    joins: list[sql.Composable] = []
    absent: list[sql.Composable] = [sql.SQL("false")]
    for place, space in enumerate(spaces):
        alias = sql.Identifier(f"feature_{place}")
        joins.append(
            sql.SQL(
                "LEFT JOIN indexing_feature AS {alias} ON {alias}.space_id = {space}"
                " AND {alias}.collection_id = {owner} AND {alias}.image_id = image.id"
            ).format(alias=alias, space=sql.Literal(int(space)), owner=owner)
        )
        absent.append(sql.SQL("{}.image_id IS NULL").format(alias))
    return sql.SQL(
        "FROM library_image AS image {} WHERE image.collection_id = {} AND image.state <> 'failed' AND ({})"
    ).format(sql.SQL(" ").join(joins), owner, sql.SQL(" OR ").join(absent))


def _fetch(cursor: AnyCursor, relations: Relations, space: int, condition: sql.Composable) -> tuple[Ids, Vectors]:
    """Fetch ids and vectors of a space under a condition."""
    selected = sql.SQL(
        "SELECT string_agg(uuid_send(image_id) || halfvec_send(vector), ''::bytea) FROM"
        " (SELECT image_id, vector FROM {} WHERE space_id = {} AND {}) AS chosen"
    ).format(relation(relations.features), sql.Literal(int(space)), condition)
    data = fetch_packed(cursor, selected)
    dimension = int.from_bytes(data[16:18], "big")
    rows = np.frombuffer(data, np.dtype([("id", "u1", 16), ("head", "u1", 4), ("vector", ">f2", (dimension,))]))
    return np.ascontiguousarray(rows["id"]), rows["vector"].astype(np.float32)
