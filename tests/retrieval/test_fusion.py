import hypothesis.extra.numpy as arrays
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semblance.retrieval.fusion import Ids, Scores, fuse, ranked, tie_keys, union


def some_ids(rows: int) -> Ids:
    return np.random.default_rng(rows).integers(0, 256, (rows, 16), np.uint8)


def test_fuse_adds_by_weight_and_explains_itself() -> None:
    z = np.array([[2.0, -1.0], [1.0, 3.0]])

    fused = fuse(z, np.array([3.0, 1.0]))

    np.testing.assert_allclose(fused.contributions, [[1.5, -0.75], [0.25, 0.75]])
    np.testing.assert_allclose(fused.scores, [1.75, 0.0])


def test_fuse_gives_a_missing_distance_nothing() -> None:
    fused = fuse(np.array([[np.nan, 1.0], [2.0, 2.0]]), np.array([1.0, 1.0]))

    np.testing.assert_allclose(fused.contributions, np.array([[0, 0.5], [1, 1]]))


@given(
    arrays.arrays(np.float64, (3, 7), elements=st.floats(-5, 5)),
    arrays.arrays(np.float64, 3, elements=st.floats(0.01, 10)),
    st.floats(0.01, 100),
)
def test_fuse_ignores_the_scale_of_weights(z: Scores, weights: Scores, factor: float) -> None:
    fused = fuse(z, weights)

    np.testing.assert_allclose(fuse(z, weights * factor).scores, fused.scores, atol=1e-9)
    np.testing.assert_allclose(fused.contributions.sum(axis=0), fused.scores, atol=1e-9)


def test_ranked_puts_the_best_first() -> None:
    assert ranked(np.array([0.1, 0.9, 0.5]), some_ids(3)).tolist() == [1, 2, 0]


@given(arrays.arrays(np.float64, st.integers(1, 40), elements=st.sampled_from([0.0, 0.5, 1.0])), st.integers(0, 45))
def test_ranked_beginning_is_that_of_the_whole(scores: Scores, first: int) -> None:
    ids = some_ids(len(scores))

    np.testing.assert_array_equal(ranked(scores, ids, first), ranked(scores, ids)[:first])


@given(arrays.arrays(np.float64, st.integers(1, 40), elements=st.sampled_from([0.0, 1.0])), st.integers(0, 2**32 - 1))
def test_ranked_does_not_depend_on_the_order_of_input(scores: Scores, seed: int) -> None:
    ids = some_ids(len(scores))
    shuffle = np.random.default_rng(seed).permutation(len(scores))

    np.testing.assert_array_equal(ids[ranked(scores, ids)], ids[shuffle][ranked(scores[shuffle], ids[shuffle])])


def test_ranked_breaks_ties_by_salt_and_not_by_id() -> None:
    ids = np.zeros((64, 16), np.uint8)
    ids[:, 15] = np.arange(64)
    scores = np.zeros(64)

    order = ranked(scores, ids)

    assert sorted(order) == list(range(64))
    assert order.tolist() != list(range(64))
    assert order.tolist() != ranked(scores, ids, salt=1).tolist()
    assert abs(np.corrcoef(order, np.arange(64))[0, 1]) < 0.3


def test_tie_keys_are_the_same_on_every_machine() -> None:
    ids = np.arange(32, dtype=np.uint8).reshape(2, 16)

    assert tie_keys(ids).tolist() == [4069490558609217484, 3013137257404542572]


def test_tie_keys_see_every_byte() -> None:
    base = np.zeros((1, 16), np.uint8)
    changed = np.eye(16, dtype=np.uint8)

    assert len({*tie_keys(changed).tolist(), *tie_keys(base).tolist()}) == 17


@pytest.mark.parametrize("first", [None, 0, 5])
def test_ranked_of_nothing_is_nothing(first: int | None) -> None:
    assert ranked(np.empty(0), some_ids(0), first).tolist() == []


id_sets = st.lists(st.lists(st.binary(min_size=16, max_size=16), unique=True, max_size=12), max_size=4)
look_alikes = st.lists(
    st.lists(st.tuples(st.sampled_from([b"a" * 8, b"b" * 8]), st.sampled_from([b"c" * 8, b"d" * 8])), unique=True),
    max_size=4,
).map(lambda sets: [[b"".join(halves) for halves in pairs] for pairs in sets])


@given(id_sets | look_alikes)
def test_union_finds_every_id_once_and_where_it_went(sets: list[list[bytes]]) -> None:
    found = [np.frombuffer(b"".join(ids), np.uint8).reshape(-1, 16) for ids in sets]

    ids, places = union(found)

    merged = [row.tobytes() for row in ids]
    assert sorted(merged) == sorted({image for known in sets for image in known})
    assert [[merged[place] for place in row] for row in places] == sets
