from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semblance.extractors.contract import Distance, Vectors
from semblance.retrieval.distances import unit
from semblance.retrieval.feedback import Evidence
from semblance.retrieval.fusion import Scores
from semblance.retrieval.types import Statistics
from semblance.retrieval.weighting import adapted, separation
from tests.retrieval.database import gaussian

STATISTICS = Statistics(100, np.zeros(8, np.float32), 1.0, 0.25)
votes = st.lists(st.floats(-1, 1), min_size=1, max_size=8)


def evidence(vectors: Vectors, given_votes: Sequence[float], distance: Distance = "cosine") -> Evidence:
    return Evidence(distance, vectors[0], vectors[1:], np.array(given_votes, np.float64))


def axes(*numbers: int) -> Vectors:
    return np.eye(8, dtype=np.float32)[list(numbers)]


def test_separation_is_nearness_among_the_liked() -> None:
    assert separation(evidence(axes(0, 0, 0), [1, 1]), STATISTICS) == pytest.approx(4)
    assert separation(evidence(axes(0, 0, 1), [1, 1]), STATISTICS) == pytest.approx(4 / 3)


def test_separation_falls_by_negatives_that_lie_among_the_liked() -> None:
    apart, amid = axes(0, 0, 1), axes(0, 0, 0)

    assert separation(evidence(apart, [1, -1]), STATISTICS) == pytest.approx(4)
    assert separation(evidence(amid, [1, -1]), STATISTICS) == pytest.approx(4 - 0.5 * 4)


def test_separation_takes_one_negative_among_many_positives_for_a_slip() -> None:
    amid = separation(evidence(axes(*[0] * 11), [1] * 9 + [-1]), STATISTICS)

    assert amid == pytest.approx(4 - 0.1 * 4)


def test_separation_is_unknown_without_a_positive() -> None:
    assert np.isnan(separation(evidence(axes(0, 1), [-1]), STATISTICS))
    assert np.isnan(separation(evidence(axes(0), []), STATISTICS))


def test_separation_is_never_negative() -> None:
    opposite = np.concatenate([axes(0), -axes(0)])

    assert separation(evidence(opposite, [1]), STATISTICS) == 0


def test_separation_weighs_pairs_by_votes() -> None:
    found = separation(evidence(axes(0, 0, 1), [1, 0.5]), STATISTICS)

    assert found == pytest.approx(4 * 1 / (1 + 0.5 + 0.5))


@given(votes, st.integers(0, 1000), st.sampled_from(["cosine", "euclidean", "manhattan"]))
def test_separation_does_not_depend_on_the_order_of_votes(
    given_votes: list[float], seed: int, distance: Distance
) -> None:
    vectors = unit(gaussian(len(given_votes) + 1))
    order = np.random.default_rng(seed).permutation(len(given_votes))
    shuffled = np.concatenate([vectors[:1], vectors[1:][order]])

    one = separation(evidence(vectors, given_votes, distance), STATISTICS)
    other = separation(evidence(shuffled, [given_votes[place] for place in order], distance), STATISTICS)

    np.testing.assert_allclose(other, one, atol=1e-5)


def test_adapted_moves_weight_to_the_extractor_that_separates() -> None:
    found = adapted(np.array([1.0, 1.0]), np.array([3.0, 1.0]), positives=2.0)

    np.testing.assert_allclose(found, np.array([0.5 + 0.5 * 9 / 5, 0.5 + 0.5 * 1 / 5]))


@pytest.mark.parametrize(
    ("separations", "positives"), [([0.0, 0.0], 5.0), ([np.nan, np.nan], 5.0), ([2.0, 2.0], 5.0), ([3.0, 1.0], 0.0)]
)
def test_adapted_keeps_weights_without_evidence_for_a_change(separations: list[float], positives: float) -> None:
    found = adapted(np.array([2.0, 1.0]), np.array(separations), positives)

    np.testing.assert_allclose(found, np.array([2.0, 1.0]))


def test_adapted_leaves_an_extractor_without_evidence_alone() -> None:
    found = adapted(np.array([1.0, 1.0, 1.0]), np.array([3.0, np.nan, 1.0]), positives=1e9)

    np.testing.assert_allclose(found, np.array([1.8, 1.0, 0.2]))


separations = st.lists(st.floats(0, 5), min_size=3, max_size=3).map(np.array)
weightings = st.lists(st.floats(0, 1e6), min_size=3, max_size=3).filter(any).map(np.array)


@given(weightings, separations, st.floats(0, 100))
def test_adapted_keeps_the_sum_and_disabled_extractors(given_weights: Scores, found: Scores, positives: float) -> None:
    changed = adapted(given_weights, found, positives)

    scale = given_weights.max()
    assert (changed / scale).sum() == pytest.approx((given_weights / scale).sum())
    assert (changed[given_weights == 0] == 0).all()
    assert (changed >= 0).all()


@given(separations, st.floats(0, 100), st.floats(0.01, 100))
def test_adapted_ignores_the_unit_of_separations(found: Scores, positives: float, factor: float) -> None:
    weights = np.array([1.0, 2.0, 3.0])

    changed = adapted(weights, found * factor, positives)

    np.testing.assert_allclose(changed, adapted(weights, found, positives), atol=1e-6)
