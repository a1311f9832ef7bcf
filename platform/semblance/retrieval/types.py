"""The values that the search path takes and gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt

from semblance.extractors.contract import Distance


@dataclass(frozen=True, slots=True)
class Relations:
    """Names of the tables (or read-only views) that hold features and images.

    ``features`` has columns ``space_id, collection_id, image_id, vector``; ``images`` has ``id, collection_id, label,
    tags, metadata``. The names are trusted: they come from code, never from a request.
    """

    features: str = "indexing_feature"
    images: str = "library_image"


@dataclass(frozen=True, slots=True)
class Statistics:
    """What is known of one feature space inside one collection.

    Attributes
    ----------
    count : int
        Images the figures were computed from.
    mean : (dimension,) float32 array
        Mean vector, subtracted before a cosine when centring.
    distance_mean, distance_deviation : float
        Of the distances between random pairs of images, centred where the space is searched centred.
    """

    count: int
    mean: npt.NDArray[np.float32]
    distance_mean: float
    distance_deviation: float


@dataclass(frozen=True, slots=True)
class SpaceQuery:
    """One feature space's part of a query.

    Attributes
    ----------
    extractor : str
        Name of the extractor; weights and explanations are given by it.
    space : int
        Id of the feature space.
    distance : Distance
    vector : (dimension,) float32 array
        The original query.
    collections : mapping of UUID to Statistics
        Collections that this space serves in this search, with the statistics of each.
    """

    extractor: str
    space: int
    distance: Distance
    vector: npt.NDArray[np.float32]
    collections: Mapping[UUID, Statistics]


@dataclass(frozen=True, slots=True)
class Filters:
    """Conditions on images; all must hold.

    ``labels``: the label is one of these. ``tags``: all of these are there. ``metadata``: the image's metadata contains
    this document (JSON containment).
    """

    labels: Sequence[str] = ()
    tags: Sequence[str] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Request:
    """Everything that determines a ranking.

    Attributes
    ----------
    spaces : sequence of SpaceQuery
    weights : mapping of str to float
        Weight of each extractor; one that is not named takes no part. Empty: every extractor counts 1.
    votes : mapping of UUID to float
        Standing votes by image, −1 to 1.
    method : str
        Name of a feedback method; of effect only where there are votes.
    parameters : mapping of str to value
        Of the method; and ``adapt_weights`` (bool, default true), whether extractor weights follow the votes.
    centred : bool
        Subtract the mean before a cosine.
    exclude : set of UUID
        Images that never appear in the answer (the query itself, say).
    limit, offset : int
    """

    spaces: Sequence[SpaceQuery]
    weights: Mapping[str, float] = field(default_factory=dict)
    votes: Mapping[UUID, float] = field(default_factory=dict)
    method: str = "rocchio"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    centred: bool = True
    filters: Filters = field(default_factory=Filters)
    exclude: frozenset[UUID] = frozenset()
    limit: int = 20
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Contribution:
    """One extractor's part of a result: its distance, its weight, and what it added to the score."""

    distance: float | None
    weight: float
    contribution: float


@dataclass(frozen=True, slots=True)
class Result:
    """One place of a ranking: ``distance`` is the weighted mean of the extractors' distances; ``score`` ranks."""

    rank: int
    image: UUID
    score: float
    distance: float
    explanation: Mapping[str, Contribution]


@dataclass(frozen=True, slots=True)
class Ranking:
    """An answer: one page of results, how many images the filters left, and the extractor weights that were used."""

    results: Sequence[Result]
    total: int
    weights: Mapping[str, float]
