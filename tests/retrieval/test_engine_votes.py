"""The search path with votes."""

from uuid import uuid4

import numpy as np
import pytest

from semblance.retrieval.distances import unit
from tests.retrieval.database import Library, unit_rows
from tests.retrieval.shelf import Shelf, centred, images


@pytest.fixture
def shelf(library: Library) -> "Shelf":
    return Shelf(library)


def test_votes_move_the_query(shelf: Shelf) -> None:
    votes = {shelf.ids[3]: 1.0, shelf.ids[4]: 1.0, shelf.ids[5]: -1.0}

    ranking = shelf.rank(shelf.queries()[:1], votes=votes)

    rows = centred(shelf.vectors["color"])
    refined = unit(rows[0] + 3 * (rows[3] + rows[4]) / 2 - rows[5])
    assert images(ranking)[:20] == [shelf.ids[row] for row in np.argsort(-(rows @ refined))][:20]


def test_votes_move_extractor_weights_unless_told_otherwise(shelf: Shelf) -> None:
    rows = centred(shelf.vectors["color"])
    near = np.argsort(-(rows @ rows[0]))[1:6]
    votes = {shelf.ids[row]: 1.0 for row in near}

    adapting = shelf.rank(votes=votes, weights={"color": 1, "texture": 3})
    fixed = shelf.rank(votes=votes, weights={"color": 1, "texture": 3}, parameters={"adapt_weights": False})

    assert fixed.weights == {"color": 1.0, "texture": 3.0}
    assert adapting.weights["color"] > 1.4
    assert sum(adapting.weights.values()) == pytest.approx(4)
    assert adapting.results[0].explanation["color"].weight == adapting.weights["color"]


def test_votes_may_be_left_out_of_the_answer(shelf: Shelf) -> None:
    votes = {shelf.ids[3]: 1.0}

    ranking = shelf.rank(votes=votes, exclude=frozenset(votes))

    assert ranking.total == 49
    assert shelf.ids[3] not in images(ranking)


@pytest.mark.parametrize("value", [0.0, -0.0])
def test_withdrawn_votes_leave_no_trace(shelf: Shelf, value: float) -> None:
    assert shelf.rank(votes={shelf.ids[3]: value}) == shelf.rank()


def test_votes_elsewhere_do_not_count(library: Library, shelf: Shelf) -> None:
    foreign = library.filled(1, library.collection(), unit_rows(1, 32, seed=3))[0]

    for votes in ({foreign: 1.0}, {uuid4(): 1.0}):
        assert images(shelf.rank(votes=votes)) == images(shelf.rank())
