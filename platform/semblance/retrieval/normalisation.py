"""Statistics of a feature space, and distances made comparable with them."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from semblance.extractors.contract import Distance, Vectors
from semblance.retrieval.distances import Vector, into_working_space, pairwise
from semblance.retrieval.types import Statistics

SAMPLE_SIZE = 1000
"""Vectors that the distances of a space are estimated from: half a million pairs."""

NEGLIGIBLE = 1e-6
"""A deviation below this share of the mean is rounding: all images are alike, and there is nothing to scale by."""


def statistics_from_sample(
    vectors: Vectors, distance: Distance, mean: Vector | None = None, *, centred: bool = True, count: int | None = None
) -> Statistics:
    """Measure a feature space of a collection.

    Parameters
    ----------
    vectors : (n, dimension) float32 array
        A random sample; the first :data:`SAMPLE_SIZE` rows are used for the distances. May be empty.
    distance : Distance
    mean : (dimension,) float32 array, optional
        Mean vector of the whole collection; by default that of the sample.
    centred : bool
        Whether the mean is subtracted before a cosine; of no effect for other distances.
    count : int, optional
        Images of the whole collection; by default those of the sample.

    Returns
    -------
    Statistics
        With fewer than two vectors there is no pair: the mean distance is then 1 and its deviation 1.
    """
    vectors = np.asarray(vectors, np.float32)
    if mean is None:
        mean = vectors.mean(axis=0) if len(vectors) else np.zeros(vectors.shape[1], np.float32)
    count = len(vectors) if count is None else count
    working = into_working_space(vectors[:SAMPLE_SIZE], distance, center(mean, count) if centred else None)
    pairs = pairwise(distance, working, working)[np.triu_indices(len(working), 1)].astype(np.float64)
    known = pairs.size > 0
    return Statistics(
        count=count,
        mean=np.asarray(mean, np.float32),
        distance_mean=float(pairs.mean()) if known else 1.0,
        distance_deviation=float(pairs.std()) if known else 1.0,
    )


def center(mean: Vector, count: int) -> Vector:
    """Return what is subtracted before a centred cosine: n / (n + 1) of the mean of n images.

    The mean of few images is half made of each of them: a single one would be left without any direction. For a hundred
    it is the mean to one per cent.
    """
    return np.asarray(mean * (count / (count + 1)), np.float32)


def uncentred(statistics: Statistics) -> Statistics:
    """Estimate the distances of plain cosines from those of centred ones.

    For unit vectors 1 − ⟨v, w⟩ is about (1 − ‖μ‖²) times the centred distance. That meets the mean within a few per
    cent and gives the scale of the deviation: 0.8 of the true one for color histograms and MobileNetV2. Statistics are
    kept for the centred search, which is the better one; this serves comparisons with the plain one.
    """
    spread = max(1 - float(statistics.mean @ statistics.mean), NEGLIGIBLE)
    return replace(
        statistics,
        distance_mean=statistics.distance_mean * spread,
        distance_deviation=statistics.distance_deviation * spread,
    )


def pooled(parts: Iterable[Statistics]) -> Statistics:
    """Merge the statistics of several collections in one space.

    The mean vector and the mean distance are averages weighted by the number of images. The variance is the average of
    the variances plus the variance of the mean distances (law of total variance). Pairs across collections are not
    seen, which is the price of needing no vectors. Parts with fewer than two images have no distances to tell of and
    count only where there is nothing better.

    Parameters
    ----------
    parts : iterable of Statistics
        At least one.

    Returns
    -------
    Statistics

    Raises
    ------
    ValueError
        If there are no parts.
    """
    given = list(parts)
    if not given:
        raise ValueError("There are no statistics to pool.")
    counts = np.array([part.count for part in given], np.float64)
    mean = _average(np.stack([part.mean for part in given]).astype(np.float64), counts)
    informed = np.where(counts > 1, counts, 0)
    means = np.array([part.distance_mean for part in given])
    deviations = np.array([part.distance_deviation for part in given])
    distance_mean = float(_average(means, informed))
    variance = float(_average(deviations**2 + (means - distance_mean) ** 2, informed))
    return Statistics(int(counts.sum()), mean.astype(np.float32), distance_mean, float(np.sqrt(variance)))


def _average(values: npt.NDArray[np.float64], counts: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Average over the first axis by counts; a plain average where all counts are zero."""
    return np.asarray(np.average(values, axis=0, weights=counts if counts.any() else None))


def z_scores(distances: Vector, statistics: Statistics) -> npt.NDArray[np.float64]:
    """Turn distances into similarities in units of deviation: (mean − distance) / deviation.

    Parameters
    ----------
    distances : (n,) float32 array
        NaN where an image has no vector in the space.
    statistics : Statistics

    Returns
    -------
    (n,) float64 array
        0 for a distance as of a random pair, positive for nearer ones, NaN for NaN. Where the deviation is negligible
        (or not finite) the difference is left unscaled.
    """
    deviation, mean = statistics.distance_deviation, statistics.distance_mean
    scaled = np.isfinite(deviation) and deviation > NEGLIGIBLE * max(1.0, abs(mean))
    return np.asarray((mean - distances.astype(np.float64)) / (deviation if scaled else 1.0))
