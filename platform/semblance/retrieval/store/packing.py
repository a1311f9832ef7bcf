"""How arrays travel between NumPy and PostgreSQL.

Results come as one value: ``string_agg`` packs entries of a fixed size on the server, NumPy reads them in place. As one
row per image the way would cost five times as much as the distances do (``docs/retrieval.md`` has the figures).
"""

from collections.abc import Sequence
from typing import Any, LiteralString, TypeAlias
from uuid import UUID

import numpy as np
import numpy.typing as npt
from psycopg import sql

from semblance.extractors.contract import Vectors

AnyCursor: TypeAlias = Any
"""A psycopg 3 cursor, or Django's wrapper around one, which passes everything through without declaring it."""

HALF_LARGEST = 65504.0
"""Largest number that ``halfvec`` holds."""

_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TRAILER = b"\xff\xff"


def relation(name: str) -> sql.Identifier:
    """Quote the name of a table or view, with or without its schema."""
    return sql.Identifier(*name.split("."))


def literal(value: object, kind: LiteralString) -> sql.Composed:
    """Quote a value and give it a type: COPY takes no parameters, so that values are bound on our side."""
    return sql.SQL("{}::{}").format(sql.Literal(value), sql.SQL(kind))


def half(vector: npt.NDArray[np.float32]) -> npt.NDArray[np.float16]:
    """Round a query to what is stored; ValueError beyond the range of ``halfvec``."""
    if not np.all(np.abs(vector) <= HALF_LARGEST):
        raise ValueError(f"A query vector must be finite and within ±{HALF_LARGEST:.0f}.")
    return vector.astype(np.float16)


def half_literal(vector: npt.NDArray[np.float16]) -> sql.Composed:
    """Write a vector as ``halfvec``: five digits give back every float16, and halve what is sent and parsed."""
    return literal("[" + ",".join([f"{number:.5g}" for number in vector.tolist()]) + "]", "halfvec")


def fetch_packed(cursor: AnyCursor, selected: sql.Composable) -> bytes:
    """Run a SELECT of one ``bytea`` and return it; empty for NULL. COPY gives binary on every kind of cursor."""
    statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT binary)").format(selected)
    # as text, and without parameters: so Django's debugging cursor takes it too
    with cursor.copy(statement.as_string(cursor.connection)) as copy:
        data = b"".join(copy)
    start = len(_HEADER) + 6
    size = int.from_bytes(data[start - 4 : start], "big", signed=True)
    return data[start : start + size] if size > 0 else b""


def copy_rows(ids: Sequence[UUID], vectors: Vectors) -> bytes:
    """Lay a batch of (image, vector) out in PostgreSQL's binary COPY format.

    Parameters
    ----------
    ids : sequence of n distinct UUID
    vectors : (n, dimension) float32 array

    Returns
    -------
    bytes

    Raises
    ------
    ValueError
        For repeated ids, a shape that does not fit, values that are not finite or beyond the range of ``halfvec``.
    """
    vectors = np.asarray(vectors, np.float32)
    if vectors.shape[:-1] != (len(ids),):
        raise ValueError(f"{len(ids)} ids need as many rows of vectors, not the shape {vectors.shape}.")
    if len(set(ids)) != len(ids):
        raise ValueError("An image must not come twice in one batch.")
    if not np.all(np.abs(vectors) <= HALF_LARGEST):
        raise ValueError(f"Vectors must be finite and within ±{HALF_LARGEST:.0f}.")
    dimension = vectors.shape[1]
    heads = [("fields", ">i2"), ("id_size", ">i4"), ("id", "u1", 16), ("size", ">i4"), ("dimension", ">i2")]
    rows = np.zeros(len(ids), np.dtype([*heads, ("unused", ">i2"), ("vector", ">f2", (dimension,))]))
    rows["fields"], rows["id_size"], rows["size"], rows["dimension"] = 2, 16, 4 + 2 * dimension, dimension
    rows["id"] = np.frombuffer(b"".join(image.bytes for image in ids), np.uint8).reshape(-1, 16)
    rows["vector"] = vectors
    return _HEADER + rows.tobytes() + _TRAILER
