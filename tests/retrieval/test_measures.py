import hypothesis.extra.numpy as arrays
import ir_measures
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ir_measures import AP, P, Rprec, Success, nDCG

from semblance.retrieval.measures import Hits, bootstrap_interval, measured, precision_curve, summarised

REFERENCE = {"map": AP, "p10": P @ 10, "p20": P @ 20, "r_precision": Rprec, "ndcg20": nDCG @ 20, "er": Success @ 1}


def reference(hits: Hits, relevant: int) -> dict[str, float]:
    """Ask trec_eval, by way of ir-measures."""
    lost = relevant - int(hits.sum())
    wanted = [f"d{place}" for place in np.flatnonzero(hits)] + [f"lost{number}" for number in range(lost)]
    judged = [ir_measures.Qrel("q", document, 1) for document in wanted]
    run = [ir_measures.ScoredDoc("q", f"d{place}", float(-place)) for place in range(len(hits))]
    found = ir_measures.pytrec_eval.calc_aggregate(list(REFERENCE.values()), judged, run)
    values = {name: float(found[measure]) for name, measure in REFERENCE.items()}
    return values | {"er": 1 - values["er"]}


@given(arrays.arrays(np.bool_, st.integers(1, 60)), st.integers(0, 30))
def test_measures_agree_with_trec_eval(hits: Hits, lost: int) -> None:
    relevant = max(1, int(hits.sum()) + lost)

    assert measured(hits, relevant) == pytest.approx(reference(hits, relevant), abs=1e-6)


def test_measures_of_a_known_ranking() -> None:
    hits = np.array([False, True, True, False] + [False] * 16)

    found = measured(hits, 4)

    assert found["map"] == pytest.approx((1 / 2 + 2 / 3) / 4)
    assert (found["p10"], found["p20"], found["r_precision"], found["er"]) == (0.2, 0.1, 0.5, 1.0)


def test_measures_count_what_was_not_found() -> None:
    assert measured(np.array([], np.bool_), 3) == dict.fromkeys(REFERENCE, 0.0) | {"er": 1.0}


def test_measures_need_something_relevant() -> None:
    with pytest.raises(ValueError, match="without any relevant image"):
        measured(np.array([False]), 0)


def test_summary_averages_and_says_how_sure_it_is() -> None:
    queries = [{"map": value} for value in np.random.default_rng(1).random(400)]

    found = summarised(queries)["map"]

    values = np.array([query["map"] for query in queries])
    half = 1.96 * values.std() / 20
    assert found.mean == pytest.approx(values.mean())
    assert found.low == pytest.approx(found.mean - half, abs=0.2 * half)
    assert found.high == pytest.approx(found.mean + half, abs=0.2 * half)
    assert summarised(queries)["map"] == found


def test_summary_of_no_query_is_empty() -> None:
    assert summarised([]) == {}


def test_bootstrap_of_equal_values_has_no_width() -> None:
    assert bootstrap_interval(np.full(5, 0.25)) == (0.25, 0.25)


def test_precision_curve_takes_the_best_precision_from_a_recall_on() -> None:
    hits = np.array([True, False, False, True, True])  # precision 1, 1/2, 3/5 at recall 1/4, 2/4, 3/4

    curve = precision_curve(hits, 4)

    assert curve == pytest.approx([1, 1, 1, 0.6, 0.6, 0.6, 0.6, 0.6, 0, 0, 0])


def test_precision_curve_of_a_perfect_ranking_is_one_everywhere() -> None:
    assert precision_curve(np.ones(30, np.bool_), 30).tolist() == [1.0] * 11


def test_precision_curve_without_hits_is_zero_everywhere() -> None:
    assert precision_curve(np.zeros(5, np.bool_), 3).tolist() == [0.0] * 11
