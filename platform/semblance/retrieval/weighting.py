"""Extractor weights that follow the votes: who separates what is liked from what is not, counts for more."""

from typing import Final

import numpy as np

from semblance.retrieval.distances import pairwise
from semblance.retrieval.feedback import Evidence
from semblance.retrieval.fusion import Scores
from semblance.retrieval.normalisation import z_scores
from semblance.retrieval.types import Statistics

DOUBT: Final = 2.0
"""Positive votes that weigh as much as the weights the user gave."""


def separation(evidence: Evidence, statistics: Statistics) -> float:
    """Measure how far a feature space sets the liked images apart, in deviations of its distances.

    The query and the positive votes are what is liked, with weights 1 and the votes. a is the mean z-score between two
    liked images (each against the others, never against itself), b the mean z-score between a negative vote and a liked
    image. A random image would have 0. The result is max(a − ν·b, 0), where ν is the share of the negative votes among
    all: few negatives beside many positives are often slips, and those lie close to what is liked.

    Parameters
    ----------
    evidence : Evidence
    statistics : Statistics

    Returns
    -------
    float
        0 or more; NaN where no positive vote has a vector in this space.
    """
    votes = evidence.votes
    liked, disliked = votes > 0, votes < 0
    if not liked.any():
        return float("nan")
    weights = np.concatenate([[1.0], votes[liked]])
    examples = np.concatenate([evidence.query[None], evidence.vectors[liked]])
    pairs = np.outer(weights, weights)
    np.fill_diagonal(pairs, 0)
    within = np.average(z_scores(pairwise(evidence.distance, examples, examples), statistics), weights=pairs)
    if not disliked.any():
        return max(float(within), 0.0)
    against = z_scores(pairwise(evidence.distance, examples, evidence.vectors[disliked]), statistics)
    between = np.average(against, weights=np.outer(weights, -votes[disliked]))
    share = -votes[disliked].sum() / np.abs(votes).sum()
    return max(float(within - share * between), 0.0)


def adapted(weights: Scores, separations: Scores, positives: float) -> Scores:
    """Let weights follow the votes.

    The weight of extractor e is multiplied by 1 − λ + λ·sₑ² / mean(s²), where the mean is taken by the weights and
    λ = p / (p + 2) for positive votes of p in total. So the user's weights hold while there is little evidence, and
    keep their sum.

    Parameters
    ----------
    weights : (extractors,) float64 array
        As the user gave them.
    separations : (extractors,) float64 array
        From :func:`separation`; NaN leaves a weight as it is.
    positives : float
        Sum of the positive votes.

    Returns
    -------
    (extractors,) float64 array

    References
    ----------
    The idea is that of Y. Rui, T. S. Huang, Optimizing learning in image retrieval, CVPR 2000; the rule is ours, chosen
    on a part of Caltech-101 (``docs/retrieval.md``).
    """
    known = ~np.isnan(separations)
    scale = weights.max()
    merits = weights[known] / scale * separations[known] ** 2
    if not merits.any():
        return weights
    trust = positives / (positives + DOUBT)
    earned = merits / merits.sum() * (weights[known] / scale).sum() * scale
    changed = weights.copy()
    changed[known] = (1 - trust) * weights[known] + trust * earned
    return changed
