from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import pdist  # type: ignore[import-untyped]

from semblance.extractors.contract import Distance
from semblance.retrieval.normalisation import SAMPLE_SIZE, center, pooled, statistics_from_sample, uncentred, z_scores
from semblance.retrieval.types import Statistics
from tests.retrieval.database import gaussian, unit_rows


def statistics(count: int, mean: float, distance_mean: float, deviation: float) -> Statistics:
    return Statistics(count, np.array([mean, 0], np.float32), distance_mean, deviation)


parts = st.builds(statistics, st.integers(0, 1000), st.floats(-1, 1, width=32), st.floats(0, 2), st.floats(0, 1))


@pytest.mark.parametrize(
    ("distance", "reference"), [("cosine", "cosine"), ("euclidean", "euclidean"), ("manhattan", "cityblock")]
)
def test_statistics_describe_all_pairs(distance: Distance, reference: str) -> None:
    vectors = gaussian(60, 10) + 1

    found = statistics_from_sample(vectors, distance, centred=False)

    pairs = pdist(vectors, reference)
    assert found.count == 60
    np.testing.assert_allclose(found.mean, vectors.mean(axis=0), rtol=1e-6)
    assert found.distance_mean == pytest.approx(pairs.mean(), rel=1e-5)
    assert found.distance_deviation == pytest.approx(pairs.std(), rel=1e-5)


def test_statistics_are_centred_by_the_mean_given() -> None:
    vectors, mean = unit_rows(60), np.full(8, 0.25, np.float32)

    found = statistics_from_sample(vectors, "cosine", mean, count=5000)

    assert found.count == 5000
    np.testing.assert_array_equal(found.mean, mean)
    assert found.distance_mean == pytest.approx(pdist(vectors - mean * 5000 / 5001, "cosine").mean(), rel=1e-5)


def test_center_of_one_image_leaves_it_a_direction() -> None:
    mean = unit_rows(1)[0]

    np.testing.assert_allclose(center(mean, 1), mean / 2)
    np.testing.assert_allclose(center(mean, 999), mean * 0.999)


def test_uncentred_statistics_meet_those_of_plain_cosines() -> None:
    vectors = unit_rows(400, 64)

    found = uncentred(statistics_from_sample(vectors, "cosine"))

    plain = pdist(vectors, "cosine")
    assert found.distance_mean == pytest.approx(plain.mean(), rel=0.02)
    assert found.distance_deviation == pytest.approx(plain.std(), rel=0.3)


def test_statistics_read_no_more_than_the_sample_size() -> None:
    vectors = gaussian(SAMPLE_SIZE, 2)
    far = np.concatenate([vectors, np.full((5, 2), 1000, np.float32)])

    found = statistics_from_sample(far, "euclidean")

    assert found.distance_mean == statistics_from_sample(vectors, "euclidean").distance_mean


@pytest.mark.parametrize("rows", [0, 1])
@pytest.mark.parametrize("distance", ["cosine", "euclidean", "manhattan"])
def test_statistics_without_a_pair_are_neutral(rows: int, distance: Distance) -> None:
    found = statistics_from_sample(gaussian(rows), distance)

    assert (found.count, found.distance_mean, found.distance_deviation) == (rows, 1, 1)
    assert found.mean.shape == (8,)


def test_statistics_of_two_equal_vectors_have_no_deviation_and_still_scale() -> None:
    vectors = np.repeat(unit_rows(1), 2, axis=0)

    found = statistics_from_sample(vectors, "euclidean")

    assert (found.distance_mean, found.distance_deviation) == (0, 0)
    np.testing.assert_array_equal(z_scores(np.array([0, 2], np.float32), found), [0, -2])


def test_z_scores_measure_nearness_in_deviations() -> None:
    found = z_scores(np.array([0.5, 1.5, np.nan], np.float32), statistics(10, 0, 1.0, 0.25))

    np.testing.assert_array_equal(found, [2, -2, np.nan])


def test_z_scores_take_rounding_for_no_deviation() -> None:
    found = z_scores(np.array([0.5], np.float32), statistics(10, 0, 1.0, 1e-9))

    np.testing.assert_array_equal(found, [0.5])


def test_pooled_weighs_by_images_and_adds_the_spread_between_collections() -> None:
    found = pooled([statistics(10, 0, 0.5, 0.1), statistics(30, 1, 1.0, 0.2)])

    assert found.count == 40
    np.testing.assert_allclose(found.mean, [0.75, 0])
    assert found.distance_mean == pytest.approx(0.875)
    within, between = 0.25 * 0.1**2 + 0.75 * 0.2**2, 0.25 * 0.375**2 + 0.75 * 0.125**2
    assert found.distance_deviation == pytest.approx(np.sqrt(within + between))


def test_pooled_leaves_out_collections_without_pairs() -> None:
    found = pooled([statistics(1, 1, 1.0, 1.0), statistics(3, 1, 0.5, 0.1)])

    assert (found.count, found.distance_mean) == (4, 0.5)
    assert found.distance_deviation == pytest.approx(0.1)


def test_pooled_needs_a_part() -> None:
    with pytest.raises(ValueError, match="no statistics"):
        pooled([])


@given(parts)
def test_pooled_of_one_is_itself(part: Statistics) -> None:
    found = pooled([part])

    assert found.count == part.count
    np.testing.assert_allclose(found.mean, part.mean, rtol=1e-6)
    assert found.distance_mean == pytest.approx(part.distance_mean)
    assert found.distance_deviation == pytest.approx(part.distance_deviation)


@given(st.lists(parts, min_size=1, max_size=5), st.randoms())
def test_pooled_does_not_depend_on_order(given_parts: list[Statistics], random: Random) -> None:
    shuffled = list(given_parts)
    random.shuffle(shuffled)

    one, other = pooled(given_parts), pooled(shuffled)

    assert one.distance_mean == pytest.approx(other.distance_mean)
    assert one.distance_deviation == pytest.approx(other.distance_deviation, abs=1e-9)
    np.testing.assert_allclose(one.mean, other.mean, atol=1e-6)
