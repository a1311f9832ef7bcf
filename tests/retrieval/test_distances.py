import hypothesis.extra.numpy as arrays
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist  # type: ignore[import-untyped]

from semblance.extractors.contract import Distance
from semblance.retrieval.distances import (
    DISTANCES,
    Probe,
    Vector,
    cosine,
    distances_to,
    euclidean,
    into_working_space,
    manhattan,
    unit,
)
from tests.retrieval.database import gaussian, unit_rows

numbers = st.floats(-100, 100, width=32).map(lambda number: 0.0 if abs(number) < 1e-3 else number)
vectors = arrays.arrays(np.float32, 6, elements=numbers)


@pytest.mark.parametrize(
    ("name", "reference"), [("cosine", "cosine"), ("euclidean", "euclidean"), ("manhattan", "cityblock")]
)
def test_distances_agree_with_scipy(name: Distance, reference: str) -> None:
    matrix, query = gaussian(40, 12), gaussian(1, 12, seed=1)[0]

    found = DISTANCES[name](query, matrix)

    assert found.dtype == np.float32
    np.testing.assert_allclose(found, cdist(query[None], matrix, reference)[0], rtol=1e-5, atol=1e-6)


def test_cosine_of_a_zero_vector_is_one() -> None:
    matrix = np.array([[0, 0], [3, 4]], np.float32)

    assert cosine(np.array([1, 0], np.float32), matrix).tolist() == pytest.approx([1, 0.4])
    assert cosine(np.zeros(2, np.float32), matrix).tolist() == [1, 1]


@given(vectors, vectors, st.floats(0.01, 100))
def test_cosine_ignores_scale(query: Vector, other: Vector, factor: float) -> None:
    scaled = (other * np.float32(factor))[None]

    np.testing.assert_allclose(cosine(query, scaled), cosine(query, other[None]), atol=1e-5)


@given(vectors, vectors, st.sampled_from(sorted(DISTANCES)))
def test_distances_are_symmetric_and_not_negative(one: Vector, other: Vector, name: Distance) -> None:
    there, back = DISTANCES[name](one, other[None])[0], DISTANCES[name](other, one[None])[0]

    assert there >= 0
    assert there == pytest.approx(back, abs=1e-5)


@given(vectors, vectors, vectors)
def test_raw_distances_ignore_a_common_shift(query: Vector, other: Vector, shift: Vector) -> None:
    for function in (euclidean, manhattan):
        moved = function(query + shift, (other + shift)[None])

        np.testing.assert_allclose(moved, function(query, other[None]), atol=1e-2)


def test_unit_rows_have_length_one_or_zero() -> None:
    found = unit(np.array([[3, 4], [0, 0]], np.float32))

    np.testing.assert_allclose(found, np.array([[0.6, 0.8], [0, 0]]), atol=1e-7)


def test_working_space_centres_cosine_alone() -> None:
    matrix = gaussian(5)
    mean = matrix.mean(axis=0)

    np.testing.assert_allclose(into_working_space(matrix, "cosine", mean), unit(matrix - mean))
    np.testing.assert_array_equal(into_working_space(matrix, "euclidean", mean), matrix)


def test_distances_to_a_centred_probe_compares_directions_from_the_mean() -> None:
    matrix = unit_rows(30)
    mean = matrix.mean(axis=0)
    probe = Probe("cosine", into_working_space(matrix[3], "cosine", mean), mean)

    found = distances_to(probe, matrix)

    expected = cdist((matrix[3] - mean)[None], matrix - mean, "cosine")[0]
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert int(np.argmin(found)) == 3
