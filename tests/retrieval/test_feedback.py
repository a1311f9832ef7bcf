from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semblance.extractors.contract import Distance, Vectors
from semblance.retrieval.distances import Vector, unit
from semblance.retrieval.feedback import METHODS, Evidence, method_named, rocchio
from tests.retrieval.database import gaussian

votes = st.lists(st.floats(-1, 1), min_size=0, max_size=6)
spaces = st.sampled_from(["cosine", "euclidean", "manhattan"])


def evidence(given_votes: list[float], distance: Distance = "cosine", seed: int = 0) -> Evidence:
    vectors = gaussian(len(given_votes) + 1, seed=seed)
    if distance == "cosine":
        vectors = unit(vectors)
    return Evidence(distance, vectors[0], vectors[1:], np.array(given_votes, np.float64))


def test_rocchio_is_the_formula() -> None:
    known = evidence([1, 1, -1])

    found = rocchio(known, {})

    expected = known.query + 3 * (known.vectors[0] + known.vectors[1]) / 2 - known.vectors[2]
    np.testing.assert_allclose(found, expected / np.linalg.norm(expected), atol=1e-6)


def test_rocchio_takes_its_coefficients() -> None:
    known = evidence([1, -1])

    found = rocchio(known, {"alpha": 2, "beta": 0.5, "gamma": 0.25})

    expected = 2 * known.query + 0.5 * known.vectors[0] - 0.25 * known.vectors[1]
    np.testing.assert_allclose(found, expected / np.linalg.norm(expected), atol=1e-6)


def test_rocchio_in_raw_space_keeps_the_sum_of_coefficients_at_one() -> None:
    known = evidence([1, -1], "euclidean")

    found = rocchio(known, {})

    np.testing.assert_allclose(found, (known.query + 3 * known.vectors[0] - known.vectors[1]) / 3, atol=1e-6)


def test_rocchio_weighs_vectors_by_their_votes() -> None:
    known = evidence([1, 0.5])

    found = rocchio(known, {})

    expected = known.query + 3 * (known.vectors[0] + 0.5 * known.vectors[1]) / 1.5
    np.testing.assert_allclose(found, expected / np.linalg.norm(expected), atol=1e-6)


@pytest.mark.parametrize("distance", ["cosine", "euclidean"])
def test_rocchio_waits_for_a_positive_before_it_moves_away(distance: Distance) -> None:
    known = evidence([-1, -0.5], distance)

    np.testing.assert_allclose(rocchio(known, {}), known.query, atol=1e-6)


@given(spaces)
def test_rocchio_without_votes_is_the_query(distance: Distance) -> None:
    known = evidence([0, 0], distance)

    np.testing.assert_allclose(rocchio(known, {}), known.query, atol=1e-6)


def test_rocchio_lets_a_fading_vote_leave_no_trace() -> None:
    known = evidence([1e-6, -1])

    np.testing.assert_allclose(rocchio(known, {}), known.query, atol=1e-4)


def test_rocchio_keeps_the_query_where_everything_cancels_out() -> None:
    query = unit(gaussian(1))[0]
    known = Evidence("cosine", query, np.stack([-query]), np.array([1.0]))

    found = rocchio(known, {"alpha": 1, "beta": 1, "gamma": 0})

    np.testing.assert_array_equal(found, query)


@pytest.mark.parametrize("distance", ["cosine", "manhattan"])
def test_rocchio_with_alpha_zero_and_no_positive_keeps_the_query(distance: Distance) -> None:
    known = evidence([-1], distance)

    np.testing.assert_array_equal(rocchio(known, {"alpha": 0}), known.query)


@given(votes, spaces, st.integers(0, 1000))
def test_rocchio_does_not_depend_on_the_order_of_votes(given_votes: list[float], distance: Distance, seed: int) -> None:
    known = evidence(given_votes, distance)
    order = np.random.default_rng(seed).permutation(len(given_votes))
    shuffled = Evidence(distance, known.query, known.vectors[order], known.votes[order])

    np.testing.assert_allclose(rocchio(shuffled, {}), rocchio(known, {}), atol=1e-5)


@given(votes, st.floats(0.01, 100))
def test_rocchio_ignores_the_scale_of_its_coefficients(given_votes: list[float], factor: float) -> None:
    known = evidence(given_votes)
    scaled = {"alpha": factor, "beta": 3 * factor, "gamma": factor}

    np.testing.assert_allclose(rocchio(known, scaled | {"beta": min(1000, 3 * factor)}), rocchio(known, {}), atol=1e-5)


@given(votes)
def test_rocchio_stays_on_the_sphere(given_votes: list[float]) -> None:
    assert np.linalg.norm(rocchio(evidence(given_votes), {})) == pytest.approx(1, abs=1e-5)


@given(votes, st.integers(0, 100))
def test_rocchio_turns_with_the_space(given_votes: list[float], seed: int) -> None:
    known = evidence(given_votes)
    turn = np.linalg.qr(gaussian(8, 8, seed))[0].astype(np.float32)
    turned = Evidence("cosine", known.query @ turn, known.vectors @ turn, known.votes)

    np.testing.assert_allclose(rocchio(turned, {}), rocchio(known, {}) @ turn, atol=1e-5)


@given(votes, st.integers(0, 100))
def test_rocchio_shifts_with_a_raw_space(given_votes: list[float], seed: int) -> None:
    known: Evidence = evidence(given_votes, "euclidean")
    shift: Vector = gaussian(1, seed=seed)[0]
    shifted: Vectors = known.vectors + shift

    found = rocchio(Evidence("euclidean", known.query + shift, shifted, known.votes), {})

    np.testing.assert_allclose(found, rocchio(known, {}) + shift, atol=1e-4)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"delta": 1}, "no parameter “delta”"),
        ({"alpha": "1"}, "alpha must be a number"),
        ({"beta": True}, "beta must be a number"),
        ({"gamma": -1}, "gamma must be a number"),
        ({"beta": float("nan")}, "beta must be a number"),
        ({"alpha": float("inf")}, "alpha must be a number"),
        ({"alpha": 1, "beta": 1, "gamma": 2}, "larger than gamma"),
    ],
)
def test_rocchio_refuses_parameters_that_make_no_sense(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        rocchio(evidence([1]), parameters)


def test_methods_are_found_by_name() -> None:
    assert method_named("rocchio") is rocchio
    assert list(METHODS) == ["rocchio"]


def test_unknown_method_names_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"no feedback method “svm”; there are: rocchio\."):
        method_named("svm")
