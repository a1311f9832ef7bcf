"""Relevance feedback: a query that moves towards what was voted for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from semblance.extractors.contract import Distance, Vectors
from semblance.retrieval.distances import Vector

NEGLIGIBLE: Final = 1e-6
"""A refined query shorter than this is rounding."""

LARGEST: Final = 1000
"""Beyond any sensible coefficient."""

Method = Callable[["Evidence", Mapping[str, Any]], Vector]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a feedback method is told about one feature space.

    Attributes
    ----------
    distance : Distance
    query : (dimension,) float32 array
        The original query in the working space (:func:`semblance.retrieval.distances.into_working_space`).
    vectors : (n, dimension) float32 array
        Voted images in the working space.
    votes : (n,) float64 array
        Their votes, −1 to 1; 0 is no vote.
    """

    distance: Distance
    query: Vector
    vectors: Vectors
    votes: npt.NDArray[np.float64]


def rocchio(evidence: Evidence, parameters: Mapping[str, Any]) -> Vector:
    """Move the query towards the positive votes and away from the negative ones.

    q′ = norm(α·q + β·mean(positives) − γ·mean(negatives)). Each vector counts as much as its vote; while all votes on
    a side sum to less than one whole vote, that side pulls by this sum only, so that a vote which fades to zero leaves
    no trace. γ is 0 while there is no positive. For ``"cosine"`` norm() is the length; for distances in the raw
    space it divides by the sum of the coefficients, so that moving every vector moves q′ alike.

    Parameters
    ----------
    evidence : Evidence
    parameters : mapping
        ``alpha``, ``beta``, ``gamma``: not negative, default 1, 3, 1; alpha + beta must exceed gamma.

    Returns
    -------
    (dimension,) float32 array
        The refined query in the working space; the original where votes cancel it out.

    Raises
    ------
    ValueError
        For parameters that are unknown, no numbers, or out of range.

    References
    ----------
    J. J. Rocchio, Relevance feedback in information retrieval, in G. Salton (ed.), The SMART Retrieval System, 1971,
    313–323. C. D. Manning et al., Introduction to Information Retrieval, 2008, https://doi.org/10.1017/CBO9780511809071,
    section 9.1.
    """
    alpha, beta, gamma = _coefficients(parameters)
    positive, liking = _centroid(evidence.vectors, np.clip(evidence.votes, 0, None))
    negative, dislike = _centroid(evidence.vectors, np.clip(-evidence.votes, 0, None))
    beta, gamma = beta * liking, gamma * dislike * liking
    moved = alpha * evidence.query.astype(np.float64) + beta * positive - gamma * negative
    scale = float(np.linalg.norm(moved)) if evidence.distance == "cosine" else alpha + beta - gamma
    return (moved / scale).astype(np.float32) if scale > NEGLIGIBLE else evidence.query


def _centroid(vectors: Vectors, shares: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], float]:
    """Return the mean of vectors by their shares, and how much it counts, 0 to 1."""
    total = float(shares.sum())
    if total <= 0:
        return np.zeros(vectors.shape[1]), 0.0
    return shares @ vectors.astype(np.float64) / total, min(1.0, total)


def _coefficients(parameters: Mapping[str, Any]) -> tuple[float, float, float]:
    values: dict[str, float] = {"alpha": 1.0, "beta": 3.0, "gamma": 1.0}
    for name, value in parameters.items():
        if name not in values:
            raise ValueError(f"Rocchio has no parameter “{name}”; it takes alpha, beta and gamma.")
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LARGEST:
            raise ValueError(f"Rocchio's {name} must be a number from 0 to {LARGEST}.")
        values[name] = float(value)
    if values["alpha"] + values["beta"] <= values["gamma"]:
        raise ValueError("Rocchio needs alpha + beta to be larger than gamma.")
    return values["alpha"], values["beta"], values["gamma"]


METHODS: Final[Mapping[str, Method]] = MappingProxyType({"rocchio": rocchio})
"""Feedback methods by the name that a request gives."""


def method_named(name: str) -> Method:
    """Return a feedback method; ValueError names those that exist."""
    if name not in METHODS:
        raise ValueError(f"There is no feedback method “{name}”; there are: {', '.join(sorted(METHODS))}.")
    return METHODS[name]
