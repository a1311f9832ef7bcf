from uuid import UUID

import numpy as np
import pytest

from semblance.library.models import Collection, Image
from semblance.search.domain.evaluation import EvaluationParameters, evaluate_collection
from semblance.search.domain.evaluation.control import session, shown_half
from semblance.search.domain.evaluation.labelled import Labelled, Places, Question, View, labelled_images
from tests.evaluation.clusters import clustered_collection

pytestmark = pytest.mark.django_db


class Watched:
    """Hands rankings on and keeps the votes that they were asked with."""

    def __init__(self, images: Labelled) -> None:
        self._images = images
        self.asked: list[dict[UUID, float]] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._images, name)

    def order(self, question: Question, view: View, votes: dict[UUID, float]) -> Places:
        self.asked.append(dict(votes))
        return self._images.order(question, view, votes)


def measured(collection: Collection, *, rounds: int, salts: int) -> list[dict[str, float]]:
    asked = EvaluationParameters(feedback="rocchio", rounds=rounds, salts=salts)
    found: list[dict[str, float]] = evaluate_collection(collection=collection, parameters=asked)["rounds"]
    return found


def test_halves_split_each_class_and_change_with_the_salt() -> None:
    images = labelled_images(clustered_collection(classes=3, each=9), [])

    first, second = shown_half(images, 1), shown_half(images, 2)

    for half in (first, second):
        assert [int(half[images.classes == number].sum()) for number in range(3)] == [4, 4, 4]
    assert not np.array_equal(first, second)
    assert np.array_equal(first, shown_half(images, 1))


def test_votes_are_ten_a_round_on_the_shown_half_alone_and_true_to_the_labels() -> None:
    images = labelled_images(clustered_collection(classes=3, each=40), [])
    shown = shown_half(images, 1)
    place = int(np.flatnonzero(shown)[0])
    [question] = images.questions(np.array([place]))
    watched = Watched(images)

    found = session(watched, question, View({"random": 1.0}), shown, 3)  # type: ignore[arg-type]

    assert len(found) == 4
    assert [len(votes) for votes in watched.asked] == [0, 10, 20, 30]
    places = {images.uuid(row): row for row in range(len(images.ids))}
    for image, value in watched.asked[-1].items():
        row = places[image]
        assert shown[row]
        assert row != place
        assert value == (1 if images.classes[row] == images.classes[place] else -1)


def test_votes_help_and_the_rounds_say_how_much() -> None:
    collection = clustered_collection(classes=4, each=30, spread=0.75)

    rounds = measured(collection, rounds=3, salts=2)

    assert [row["round"] for row in rounds] == [0, 1, 2, 3]
    assert (rounds[0]["gain"], rounds[0]["harmed"]) == (0, 0)
    assert rounds[3]["map"] > rounds[0]["map"] + 5
    assert rounds[3]["gain"] == pytest.approx(rounds[3]["map"] - rounds[0]["map"], abs=1e-3)
    assert len(rounds[0]["salts"]) == 2  # type: ignore[arg-type]
    assert np.mean(rounds[1]["salts"]) == pytest.approx(rounds[1]["map"], abs=1e-3)


def test_gain_vanishes_with_shuffled_labels() -> None:
    collection = clustered_collection(classes=4, each=30, spread=0.75)
    images = list(collection.images.all())
    labels = np.random.default_rng(5).permutation([image.label for image in images])
    for image, label in zip(images, labels, strict=True):
        image.label = label
    Image.objects.bulk_update(images, ["label"])

    rounds = measured(collection, rounds=2, salts=3)

    assert abs(rounds[2]["gain"]) < 2


def test_harmed_counts_queries_that_votes_made_worse() -> None:
    collection = clustered_collection(classes=2, each=20, spread=0.75)

    rounds = evaluate_collection(
        collection=collection,
        parameters=EvaluationParameters(
            feedback="rocchio", rounds=1, salts=1, parameters={"alpha": 1, "beta": 0.01, "gamma": 1}
        ),
    )["rounds"]

    assert rounds[1]["harmed"] > 0


def test_queries_limit_each_salt() -> None:
    collection = clustered_collection(classes=2, each=20)

    document = evaluate_collection(
        collection=collection, parameters=EvaluationParameters(feedback="rocchio", rounds=1, salts=2, queries=3)
    )

    assert document["queries"] == 6
