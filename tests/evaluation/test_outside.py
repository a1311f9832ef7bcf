"""Whoever computes the figures from outside, through REST, comes to the same ones."""

from collections.abc import Callable
from typing import Any

import ir_measures
import pytest
from ir_measures import AP
from rest_framework.test import APIClient

from fixtures.demo import pictures
from semblance.indexing.domain.jobs import request_indexing
from semblance.library.domain.images import store_image
from semblance.library.models import Collection
from semblance.search.domain.evaluation import EvaluationParameters, evaluate_collection
from tests.factories import make_collection

pytestmark = pytest.mark.django_db

CLASSES = ("clouds", "gradient", "disks")
EACH = 16


@pytest.fixture
def collection(run_jobs: Callable[[], int]) -> Collection:
    made = make_collection(name="patterns")
    for drawn in pictures():
        if drawn.label in CLASSES:
            store_image(collection=made, data=drawn.make(), filename=drawn.filename, user=None, label=drawn.label)
    request_indexing(collection=made, user=None)
    run_jobs()
    return made


def outside_map(collection: Collection, parameters: dict[str, Any]) -> float:
    client = APIClient()
    client.force_authenticate(collection.owner)
    labels = {str(pk): label for pk, label in collection.images.values_list("pk", "label")}
    run, judged = [], []
    for query, label in labels.items():
        body = {"collections": [str(collection.pk)], "image": query, "limit": 1000, "parameters": parameters}
        response = client.post("/api/v1/searches/", body, format="json")
        assert response.status_code == 201
        results = response.json()["results"]
        run += [ir_measures.ScoredDoc(query, row["image"]["id"], -float(row["rank"])) for row in results]
        judged += [ir_measures.Qrel(query, other, 1) for other in labels if other != query and labels[other] == label]
    return 100 * float(ir_measures.pytrec_eval.calc_aggregate([AP], judged, run)[AP])


@pytest.mark.parametrize(("way", "parameters"), [("centred", {}), ("plain", {"centred": False})])
def test_map_through_rest_is_that_of_the_evaluation(
    collection: Collection, way: str, parameters: dict[str, Any]
) -> None:
    document = evaluate_collection(collection=collection, parameters=EvaluationParameters())

    figure = document["extractors"]["color-histogram"][way]["map"]
    assert document["queries"] == len(CLASSES) * EACH
    assert figure < 99
    assert outside_map(collection, parameters) == pytest.approx(figure, abs=1e-3)
