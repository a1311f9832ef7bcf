"""Scores of several extractors into one ranking."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.uint8]
Scores = npt.NDArray[np.float64]

SALT = 0x53454D424C414E43
"""Decides between images of equal score; any constant serves, as long as it stays."""


@dataclass(frozen=True, slots=True)
class Fused:
    """Scores of images and what each extractor added.

    Attributes
    ----------
    scores : (n,) float64 array
    contributions : (extractors, n) float64 array
        Columns sum to the scores.
    """

    scores: Scores
    contributions: Scores


def fuse(z: Scores, weights: Scores) -> Fused:
    """Add z-scores by weight.

    The score of an image is Σ wₑ·zₑ / Σ wₑ over the extractors: dividing by the weights keeps scores of different
    weightings comparable and changes no order. A missing distance (NaN) contributes 0, which is what a random image
    would get: neither reward nor punishment.

    Parameters
    ----------
    z : (extractors, n) float64 array
        From :func:`semblance.retrieval.normalisation.z_scores`.
    weights : (extractors,) float64 array
        Not negative, not all zero.

    Returns
    -------
    Fused
    """
    shares = weights / weights.max()
    shares /= shares.sum()
    contributions = np.nan_to_num(z, nan=0.0) * shares[:, None]
    return Fused(contributions.sum(axis=0), contributions)


def union(found: Sequence[Ids]) -> tuple[Ids, list[npt.NDArray[np.intp]]]:
    """Merge the ids that several searches found.

    Parameters
    ----------
    found : sequence of (n, 16) uint8 arrays
        The bytes of UUIDs, distinct within each array.

    Returns
    -------
    ids : (m, 16) uint8 array
        The distinct ones.
    places : list of (n,) intp arrays
        For each given array the places of its rows in ``ids``.
    """
    if not found:
        return np.empty((0, 16), np.uint8), []
    if all(np.array_equal(found[0], ids) for ids in found[1:]):
        return found[0], [np.arange(len(found[0]))] * len(found)
    every = np.concatenate(found)
    order, fresh = _grouped(*np.ascontiguousarray(every).view(np.uint64).T.copy())
    places = np.empty(len(every), np.intp)
    places[order] = np.cumsum(fresh) - 1
    ends = np.cumsum([len(ids) for ids in found])
    return every[order[fresh]], np.split(places, ends[:-1])


def _grouped(
    high: npt.NDArray[np.uint64], low: npt.NDArray[np.uint64]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
    """Order ids so that equal ones are neighbours, and mark the first of each group.

    Half an id almost always tells it from every other, and to sort by that half takes a tenth of the time.
    """
    order = np.argsort(high)
    other_high, other_low = _changes(high[order]), _changes(low[order])
    if np.any(other_low & ~other_high):
        order = np.lexsort((low, high))
        other_high, other_low = _changes(high[order]), _changes(low[order])
    return order, other_high | other_low


def _changes(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
    return np.concatenate([np.ones(min(1, len(values)), np.bool_), values[1:] != values[:-1]])


def tie_keys(ids: Ids, salt: int = SALT) -> npt.NDArray[np.uint64]:
    """Hash ids, so that ties are broken by something that knows neither class nor time of upload.

    Parameters
    ----------
    ids : (n, 16) uint8 array
        The bytes of UUIDs.
    salt : int
        64 bits; another salt is another order.

    Returns
    -------
    (n,) uint64 array
        SplitMix64 finalisers (https://doi.org/10.1145/2714064.2660195) over both halves and the salt.
    """
    halves = np.ascontiguousarray(ids).view(">u8").astype(np.uint64)
    return _mixed(_mixed(halves[:, 0] ^ np.uint64(salt)) ^ halves[:, 1])


def _mixed(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def ranked(scores: Scores, ids: Ids, first: int | None = None, salt: int = SALT) -> npt.NDArray[np.intp]:
    """Order images by score, best first; equal scores by :func:`tie_keys`.

    Parameters
    ----------
    scores : (n,) float64 array
        Finite.
    ids : (n, 16) uint8 array
        Distinct.
    first : int, optional
        How many places are wanted; the rest is not sorted.
    salt : int

    Returns
    -------
    (min(first, n),) intp array
        Positions in ``scores``. The order depends on scores and ids only, never on the order they came in.
    """
    count = len(scores) if first is None else max(0, min(first, len(scores)))
    if count == 0:
        return np.empty(0, np.intp)
    candidates = np.arange(len(scores))
    if count < len(scores):
        threshold = np.partition(scores, len(scores) - count)[len(scores) - count]
        candidates = np.flatnonzero(scores >= threshold)
    order = np.lexsort((tie_keys(ids[candidates], salt), -scores[candidates]))
    return candidates[order[:count]]
