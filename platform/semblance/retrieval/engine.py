"""The one search path: whoever searches, the answer is made here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

import numpy as np
import numpy.typing as npt

from semblance.retrieval import store
from semblance.retrieval.distances import Probe, into_working_space
from semblance.retrieval.feedback import Evidence, method_named
from semblance.retrieval.fusion import Fused, Ids, Scores, fuse, ranked, union
from semblance.retrieval.normalisation import center, pooled, uncentred, z_scores
from semblance.retrieval.store import AnyCursor, Scope
from semblance.retrieval.types import Contribution, Ranking, Relations, Request, Result, SpaceQuery, Statistics
from semblance.retrieval.weighting import adapted, separation

TABLES: Final = Relations()

ADAPT: Final = "adapt_weights"
"""The parameter of every feedback method that says whether extractor weights follow the votes; they do by default."""

LARGEST_WEIGHT: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Scored:
    """Every image that a request can reach, with its scores, before any page is cut.

    Attributes
    ----------
    ids : (n, 16) uint8 array
    extractors : sequence of e names
        Those with a weight above 0.
    distances : (e, n) float32 array
        NaN where an image has no vector.
    fused : Fused
    weights : mapping of str to float
        The weight of each extractor of the request that was used.
    """

    ids: Ids
    extractors: Sequence[str]
    distances: npt.NDArray[np.float32]
    fused: Fused
    weights: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Part:
    """One feature space on its way through a search."""

    extractor: str
    scope: Scope
    statistics: Statistics
    probe: Probe
    separation: float = float("nan")


def rank(cursor: AnyCursor, request: Request, relations: Relations = TABLES) -> Ranking:
    """Answer a request.

    Parameters
    ----------
    cursor : psycopg cursor
        One statement a feature space, and one more a space where there are votes.
    request : Request
    relations : Relations

    Returns
    -------
    Ranking
        ``total`` counts the images that the filters left and that have a vector in one of the spaces.

    Raises
    ------
    ValueError
        With a sentence for people, where weights, votes, method, parameters, filters, limit or offset make no sense.
    """
    if request.limit < 0 or request.offset < 0:
        raise ValueError("limit and offset must not be negative.")
    scored = score(cursor, request, relations)
    order = ranked(scored.fused.scores, scored.ids, request.offset + request.limit)[request.offset :]
    results = [_result(scored, position, place) for place, position in enumerate(order, start=request.offset + 1)]
    return Ranking(results, len(scored.ids), scored.weights)


def score(cursor: AnyCursor, request: Request, relations: Relations = TABLES) -> Scored:
    """Score every image that a request can reach; parameters and errors as of :func:`rank`."""
    weights, votes, adapting = _weights(request), _votes(request), request.parameters.get(ADAPT, True)
    if not isinstance(adapting, bool):
        raise ValueError(f"{ADAPT} must be true or false.")
    parts = [_part(query, request) for query in request.spaces if weights[query.extractor] > 0 and query.collections]
    parts = [_refined(cursor, part, request, votes, relations) for part in parts]
    if votes and adapting:
        weights = _adapted(weights, parts, sum(value for value in votes.values() if value > 0))
    found = [store.distances(cursor, relations, part.scope, part.probe) for part in parts]
    ids, places = union([ids for ids, _ in found])
    extractors = list(dict.fromkeys(part.extractor for part in parts))
    distances = np.full((len(extractors), len(ids)), np.nan, np.float32)
    z = np.full(distances.shape, np.nan)
    for part, place, (_, values) in zip(parts, places, found, strict=True):
        row = extractors.index(part.extractor)
        distances[row, place] = values
        z[row, place] = z_scores(values, part.statistics)
    return Scored(ids, extractors, distances, _fused(z, [weights[name] for name in extractors]), weights)


def _weights(request: Request) -> dict[str, float]:
    """Read the weight of each extractor in the request."""
    unnamed = 0.0 if request.weights else 1.0
    weights = {query.extractor: float(request.weights.get(query.extractor, unnamed)) for query in request.spaces}
    for extractor, weight in weights.items():
        if not 0 <= weight <= LARGEST_WEIGHT:
            raise ValueError(f"The weight of {extractor} must be a number from 0 to {LARGEST_WEIGHT:,}.")
    if weights and not any(weights.values()):
        raise ValueError("At least one extractor that is searched here needs a weight above 0.")
    return weights


def _votes(request: Request) -> dict[UUID, float]:
    """Read the standing votes, without those of 0."""
    for value in request.votes.values():
        if not -1 <= value <= 1:
            raise ValueError("A vote must be a number from −1 to 1.")
    return {image: float(value) for image, value in request.votes.items() if value}


def _part(query: SpaceQuery, request: Request) -> _Part:
    statistics, mean = pooled(query.collections.values()), None
    if query.distance == "cosine" and request.centred:
        mean = center(statistics.mean, statistics.count)
    elif query.distance == "cosine":
        statistics = uncentred(statistics)
    vector = into_working_space(query.vector, query.distance, mean)
    scope = Scope(query.space, tuple(query.collections), request.filters, request.exclude)
    return _Part(query.extractor, scope, statistics, Probe(query.distance, vector, mean))


def _refined(
    cursor: AnyCursor, part: _Part, request: Request, votes: Mapping[UUID, float], relations: Relations
) -> _Part:
    """Apply the feedback method to one feature space; without votes it only checks the parameters."""
    scope, probe = part.scope, part.probe
    known = store.vectors(cursor, relations, scope.space, votes.keys(), scope.collections) if votes else {}
    images = sorted(known)
    vectors = np.array([known[image] for image in images], np.float32).reshape(-1, len(probe.vector))
    evidence = Evidence(
        probe.distance,
        probe.vector,
        into_working_space(vectors, probe.distance, probe.mean),
        np.array([votes[image] for image in images], np.float64),
    )
    parameters = {name: value for name, value in request.parameters.items() if name != ADAPT}
    vector = method_named(request.method)(evidence, parameters)
    return replace(part, probe=replace(probe, vector=vector), separation=separation(evidence, part.statistics))


def _adapted(weights: Mapping[str, float], parts: Sequence[_Part], positives: float) -> dict[str, float]:
    """Let extractor weights follow the votes; one with several spaces separates as they do on average."""
    names = list(weights)
    found = {name: [part.separation for part in parts if part.extractor == name] for name in names}
    known = {name: [value for value in values if not np.isnan(value)] for name, values in found.items()}
    separations = np.array([np.mean(known[name]) if known[name] else np.nan for name in names])
    changed = adapted(np.array([weights[name] for name in names]), separations, positives)
    return dict(zip(names, changed.tolist(), strict=True))


def _fused(z: Scores, weights: Sequence[float]) -> Fused:
    return fuse(z, np.array(weights)) if len(weights) else Fused(np.zeros(z.shape[1]), z)


def _result(scored: Scored, position: int, place: int) -> Result:
    """Explain one place of a ranking."""
    distances = scored.distances[:, position].astype(np.float64)
    weights = np.array([scored.weights[extractor] for extractor in scored.extractors])
    known = ~np.isnan(distances)
    explanation = {
        extractor: Contribution(
            float(distances[row]) if known[row] else None,
            scored.weights[extractor],
            float(scored.fused.contributions[row, position]),
        )
        for row, extractor in enumerate(scored.extractors)
    }
    return Result(
        place,
        UUID(bytes=scored.ids[position].tobytes()),
        float(scored.fused.scores[position]),
        float(np.average(distances[known], weights=weights[known])),
        explanation,
    )
