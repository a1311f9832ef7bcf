"""Distances from a query to every image that a search may see."""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

import numpy as np
from psycopg import sql
from psycopg.types.json import Jsonb

from semblance.retrieval.distances import Probe, Vector
from semblance.retrieval.fusion import Ids
from semblance.retrieval.store.packing import AnyCursor, fetch_packed, half, half_literal, literal, relation
from semblance.retrieval.types import Filters, Relations

_UNSTORABLE = re.compile(r"[\0\ud800-\udfff]|(?<!\\)(?:\\\\)*\\u0000")
"""Text that PostgreSQL refuses, alone or inside a JSON document."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where to look: the images of a feature space that a search may see.

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
    filters: Filters = field(default_factory=Filters)
    exclude: Collection[UUID] = ()


def distances(cursor: AnyCursor, relations: Relations, scope: Scope, probe: Probe) -> tuple[Ids, Vector]:
    """Compute the distance of every image in a scope from a probe.

    The scan is exact. An approximate index for large collections would take its place here, behind the same signature.

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
        Those of :func:`semblance.retrieval.distances.distances_to` up to the rounding of ``halfvec``.

    Raises
    ------
    ValueError
        If the probe is not finite or beyond the range of ``halfvec``, or a filter holds a NUL character.
    """
    selected = sql.SQL(
        "SELECT string_agg(uuid_send(feature.image_id) || float4send(({distance})::real), ''::bytea)"
        " FROM {features} AS feature WHERE feature.space_id = {space} AND {conditions}"
    ).format(
        distance=_distance(probe),
        features=relation(relations.features),
        space=sql.Literal(int(scope.space)),
        conditions=_conditions(relations, scope),
    )
    entries = np.frombuffer(fetch_packed(cursor, selected), np.dtype([("id", "u1", 16), ("distance", ">f4")]))
    found = entries["distance"].astype(np.float32)
    return np.ascontiguousarray(entries["id"]), np.clip(found, 0, 2) if probe.distance == "cosine" else found


def _distance(probe: Probe) -> sql.Composable:
    """Write a probe's distance from ``feature.vector`` as SQL.

    The centred cosine is 1 − ⟨v−μ, q⟩ / (‖v−μ‖·‖q‖) with ⟨v−μ, q⟩ = ⟨v, q⟩ − ⟨μ, q⟩. So no vector is built per row,
    and it costs half of what ``(vector - μ) <=> q`` does. A row without direction has distance 1.
    """
    query = half(probe.vector)
    if probe.distance == "euclidean":
        return sql.SQL("feature.vector <-> {}").format(half_literal(query))
    if probe.distance == "manhattan":
        return sql.SQL("feature.vector <+> {}").format(half_literal(query))
    length = float(np.linalg.norm(query.astype(np.float64)))
    if length == 0:
        return sql.SQL("1")
    if probe.mean is None:
        return sql.SQL("coalesce(nullif(feature.vector <=> {}, 'NaN'), 1)").format(half_literal(query))
    center = half(probe.mean)
    return sql.SQL(
        "coalesce(1 + ((feature.vector <#> {query}) + {offset})"
        " / nullif((feature.vector <-> {center}) * {length}, 0), 1)"
    ).format(
        query=half_literal(query),
        offset=literal(float(center.astype(np.float64) @ query.astype(np.float64)), "float8"),
        center=half_literal(center),
        length=literal(length, "float8"),
    )


def _conditions(relations: Relations, scope: Scope) -> sql.Composable:
    """Write a scope as conditions on ``feature``."""
    conditions = [sql.SQL("feature.collection_id = ANY({})").format(literal(list(scope.collections), "uuid[]"))]
    if scope.exclude:
        conditions.append(sql.SQL("feature.image_id <> ALL({})").format(literal(list(scope.exclude), "uuid[]")))
    if scope.filters.labels or scope.filters.tags or scope.filters.metadata:
        # The collections once more: they let the planner read the images by an index, through views too.
        exists = sql.SQL(
            "EXISTS (SELECT FROM {} AS image"
            " WHERE image.id = feature.image_id AND image.collection_id = ANY({}) AND {})"
        )
        collections = literal(list(scope.collections), "uuid[]")
        conditions.append(exists.format(relation(relations.images), collections, _image_conditions(scope.filters)))
    return sql.SQL(" AND ").join(conditions)


def _image_conditions(filters: Filters) -> sql.Composable:
    """Write filters as conditions on ``image``."""
    document = json.dumps(dict(filters.metadata), ensure_ascii=False, allow_nan=False)
    if _UNSTORABLE.search("\n".join([*filters.labels, *filters.tags, document])):
        raise ValueError("A filter must not hold NUL characters or halves of surrogate pairs.")
    conditions: list[sql.Composable] = [sql.SQL("true")]
    if filters.labels:
        conditions.append(sql.SQL("image.label = ANY({})").format(literal(list(filters.labels), "varchar[]")))
    if filters.tags:
        conditions.append(sql.SQL("image.tags @> {}").format(literal(list(filters.tags), "varchar[]")))
    if filters.metadata:
        conditions.append(sql.SQL("image.metadata @> {}").format(literal(Jsonb(dict(filters.metadata)), "jsonb")))
    return sql.SQL(" AND ").join(conditions)
