"""How good a ranking is, by the definitions of trec_eval.

A ranking is given as ``hits``: for each place, best first, whether its image is relevant. The query itself is removed
before, by its id. ``relevant`` is the number of relevant images there are, found or not. Ties are broken before as
well: :func:`semblance.retrieval.fusion.ranked` orders equal scores by a salted hash of the id, so that the order of
input cannot leak the class.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Hits = npt.NDArray[np.bool_]

RESAMPLES = 2000

RECALLS = np.linspace(0, 1, 11)
"""Where :func:`precision_curve` is read."""


@dataclass(frozen=True, slots=True)
class Figure:
    """The mean of a measure over queries, with its bootstrap confidence interval."""

    mean: float
    low: float
    high: float


def average_precision(hits: Hits, relevant: int) -> float:
    """Average the precision at each hit over all relevant images: one that is not found counts as 0.

    Parameters
    ----------
    hits : (n,) bool array
    relevant : int
        At least 1.

    Returns
    -------
    float
        0 to 1.

    References
    ----------
    C. Buckley, E. M. Voorhees, Evaluating evaluation measure stability, SIGIR 2000,
    https://doi.org/10.1145/345508.345543.
    """
    places = np.flatnonzero(hits) + 1
    return float((np.arange(1, len(places) + 1) / places).sum() / relevant)


def precision_at(hits: Hits, places: int) -> float:
    """Return the share of hits among the first places; places that are not filled count as wrong."""
    return float(np.count_nonzero(hits[:places]) / places)


def r_precision(hits: Hits, relevant: int) -> float:
    """Return the precision at as many places as there are relevant images."""
    return precision_at(hits, relevant)


def ndcg_at(hits: Hits, relevant: int, places: int) -> float:
    """Return the normalised discounted cumulative gain of the first places, for gains of 0 and 1.

    References
    ----------
    K. Järvelin, J. Kekäläinen, Cumulated gain-based evaluation of IR techniques, ACM TOIS 20(4), 2002,
    https://doi.org/10.1145/582415.582418.
    """
    discounts = 1 / np.log2(np.arange(2, places + 2))
    shown = hits[:places]
    return float(discounts[: len(shown)][shown].sum() / discounts[:relevant].sum())


def error_rate(hits: Hits) -> float:
    """Return 1 where the first answer is wrong (or there is none), else 0; the mean over queries is ER."""
    return 1 - precision_at(hits, 1)


def precision_curve(hits: Hits, relevant: int) -> npt.NDArray[np.float64]:
    """Read the interpolated precision at the recalls 0, 0.1, …, 1.

    The interpolated precision at a recall is the best precision at that recall or beyond, 0 where it is not reached.

    Parameters
    ----------
    hits : (n,) bool array
    relevant : int
        At least 1.

    Returns
    -------
    (11,) float64 array

    References
    ----------
    C. D. Manning et al., Introduction to Information Retrieval, 2008, https://doi.org/10.1017/CBO9780511809071,
    section 8.4.
    """
    places = np.flatnonzero(hits) + 1
    precisions = np.arange(1, len(places) + 1) / places
    best = np.append(np.maximum.accumulate(precisions[::-1])[::-1], 0.0)
    wanted = np.ceil(RECALLS * relevant - 1e-9).astype(int)  # 0.1 · 30 must not become 4
    return np.asarray(best[np.clip(wanted - 1, 0, len(places))])


def measured(hits: Hits, relevant: int) -> dict[str, float]:
    """Compute every measure of one query.

    Parameters
    ----------
    hits : (n,) bool array
    relevant : int

    Returns
    -------
    dict of str to float
        ``map, p10, p20, r_precision, ndcg20, er``, each 0 to 1.

    Raises
    ------
    ValueError
        If nothing is relevant: such a query measures nothing and must be left out.
    """
    if relevant < 1:
        raise ValueError("A query without any relevant image cannot be measured.")
    return {
        "map": average_precision(hits, relevant),
        "p10": precision_at(hits, 10),
        "p20": precision_at(hits, 20),
        "r_precision": r_precision(hits, relevant),
        "ndcg20": ndcg_at(hits, relevant, 20),
        "er": error_rate(hits),
    }


def summarised(queries: Iterable[Mapping[str, float]], *, seed: int = 0) -> dict[str, Figure]:
    """Average the measures of queries.

    Parameters
    ----------
    queries : iterable of what :func:`measured` returns
    seed : int

    Returns
    -------
    dict of str to Figure
        Empty where there is no query.
    """
    columns: dict[str, list[float]] = {}
    for query in queries:
        for name, value in query.items():
            columns.setdefault(name, []).append(value)
    return {
        name: Figure(float(np.mean(values)), *bootstrap_interval(np.array(values), seed=seed))
        for name, values in columns.items()
    }


def bootstrap_interval(values: npt.NDArray[np.float64], *, level: float = 0.95, seed: int = 0) -> tuple[float, float]:
    """Estimate how far the mean would move with other queries: a percentile bootstrap.

    Parameters
    ----------
    values : (n,) float64 array
        One a query, at least one.
    level : float
        Share of resampled means inside the interval.
    seed : int

    Returns
    -------
    low, high : float

    References
    ----------
    B. Efron, R. J. Tibshirani, An Introduction to the Bootstrap, 1993, https://doi.org/10.1201/9780429246593.
    """
    random = np.random.default_rng(seed)
    means = [values[random.integers(0, len(values), len(values))].mean() for _ in range(RESAMPLES)]
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
