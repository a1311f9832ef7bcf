"""Distances between one query and many vectors: in NumPy what :mod:`semblance.retrieval.store` asks SQL for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from semblance.extractors.contract import Distance, Vectors

Vector = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Probe:
    """A query as the search sees it.

    Attributes
    ----------
    distance : Distance
    vector : (dimension,) float32 array
        A point of the working space (see :func:`into_working_space`).
    mean : (dimension,) float32 array or None
        What is subtracted from an image's vector before the comparison; None where the space is not centred.
    """

    distance: Distance
    vector: Vector
    mean: Vector | None = None


def unit(vectors: Vectors) -> Vectors:
    """Scale rows to length 1.

    Parameters
    ----------
    vectors : (..., dimension) float32 array

    Returns
    -------
    (..., dimension) float32 array
        Rows of zeros stay as they are: they have no direction.
    """
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def into_working_space(vectors: Vectors, distance: Distance, mean: Vector | None = None) -> Vectors:
    """Take vectors to where they are compared and where feedback adds and subtracts them.

    Parameters
    ----------
    vectors : (..., dimension) float32 array
    distance : Distance
    mean : (dimension,) float32 array, optional
        Subtracted first; cosine only.

    Returns
    -------
    (..., dimension) float32 array
        For ``"cosine"`` centred rows of unit length (or zeros), for the others the vectors themselves.
    """
    vectors = np.asarray(vectors, np.float32)
    if distance != "cosine":
        return vectors
    return unit(vectors if mean is None else vectors - mean)


def cosine(query: Vector, vectors: Vectors) -> Vector:
    """Compute 1 − cosine, 0 to 2; 1 where either vector is zero.

    Parameters
    ----------
    query : (dimension,) float32 array
    vectors : (n, dimension) float32 array

    Returns
    -------
    (n,) float32 array
    """
    return np.asarray(np.clip(1 - unit(vectors) @ unit(query), 0, 2), np.float32)


def euclidean(query: Vector, vectors: Vectors) -> Vector:
    """Compute the L2 distance of each row; shapes as in :func:`cosine`."""
    return np.asarray(np.linalg.norm(vectors - query, axis=-1), np.float32)


def manhattan(query: Vector, vectors: Vectors) -> Vector:
    """Compute the L1 distance of each row; shapes as in :func:`cosine`."""
    return np.asarray(np.abs(vectors - query).sum(axis=-1), np.float32)


DISTANCES: Final[Mapping[Distance, Callable[[Vector, Vectors], Vector]]] = MappingProxyType(
    {"cosine": cosine, "euclidean": euclidean, "manhattan": manhattan}
)


def pairwise(distance: Distance, rows: Vectors, others: Vectors) -> Vectors:
    """Compute the distances of all pairs inside the working space.

    Parameters
    ----------
    distance : Distance
    rows : (n, dimension) float32 array
    others : (m, dimension) float32 array
        Both as :func:`into_working_space` gives them.

    Returns
    -------
    (n, m) float32 array
    """
    if distance == "cosine":
        return np.asarray(np.clip(1 - rows @ others.T, 0, 2), np.float32)
    return np.array([DISTANCES[distance](row, others) for row in rows], np.float32).reshape(len(rows), len(others))


def distances_to(probe: Probe, vectors: Vectors) -> Vector:
    """Compute the distance of each stored vector from a probe.

    Parameters
    ----------
    probe : Probe
    vectors : (n, dimension) float32 array
        As the extractor gave them.

    Returns
    -------
    (n,) float32 array
    """
    return DISTANCES[probe.distance](probe.vector, into_working_space(vectors, probe.distance, probe.mean))
