"""The wang protocol against rankings made independently, by NumPy and trec_eval."""

import ir_measures
import numpy as np
import pytest
from django.db import connection
from ir_measures import AP, P, Rprec, Success, nDCG

from semblance.common.errors import InvalidInput
from semblance.indexing.models import CollectionSpace
from semblance.library.models import Collection, Image
from semblance.retrieval import store
from semblance.retrieval.engine import rank
from semblance.retrieval.types import Relations, Request, SpaceQuery
from semblance.search.domain.evaluation import EvaluationParameters, evaluate_collection
from semblance.search.domain.evaluation.labelled import View, labelled_images
from tests.evaluation.clusters import bare_image, clustered_collection, fill_space
from tests.factories import make_collection

pytestmark = pytest.mark.django_db

MEASURES = {"map": AP, "p10": P @ 10, "p20": P @ 20, "r_precision": Rprec, "ndcg20": nDCG @ 20, "er": Success @ 1}


def independent_figures(collection: Collection, *, centred: bool) -> dict[str, float]:
    """Rank by NumPy, leave one out, and let trec_eval judge; percent."""
    images = list(collection.images.all())
    [space] = CollectionSpace.objects.filter(collection=collection).select_related("space")
    with connection.cursor() as cursor:
        found = store.vectors(cursor, Relations(), space.space_id, [image.pk for image in images])
    vectors = np.stack([found[image.pk] for image in images]).astype(np.float64)
    vectors -= vectors.mean(axis=0) if centred else 0
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    similarity = vectors @ vectors.T
    run, judged = [], []
    for row, query in enumerate(images):
        for column, image in enumerate(images):
            if row != column:
                run.append(ir_measures.ScoredDoc(str(query.pk), str(image.pk), float(similarity[row, column])))
                judged.append(ir_measures.Qrel(str(query.pk), str(image.pk), int(query.label == image.label)))
    figures = ir_measures.pytrec_eval.calc_aggregate(list(MEASURES.values()), judged, run)
    shares = {name: figures[measure] for name, measure in MEASURES.items()}
    return {name: 100 * share for name, share in (shares | {"er": 1 - shares["er"]}).items()}


@pytest.mark.parametrize("way", ["plain", "centred"])
def test_figures_agree_with_an_independent_evaluation(way: str) -> None:
    collection = clustered_collection(classes=5, each=12, spread=0.8)
    expected = independent_figures(collection, centred=way == "centred")
    error_rate = expected.pop("er")

    document = evaluate_collection(collection=collection, parameters=EvaluationParameters())

    figures = document["extractors"]["random"][way]
    assert 20 < expected["map"] < 95
    assert {name: figures[name] for name in MEASURES if name != "er"} == pytest.approx(expected, abs=0.5)
    assert figures["er"] == pytest.approx(error_rate, abs=1.7)  # one of 60 near ties, rounded to half precision
    assert document["fused"][way]["map"] == figures["map"]


def test_figures_of_classes_average_to_the_whole() -> None:
    collection = clustered_collection(classes=4, each=9)

    figures = evaluate_collection(collection=collection, parameters=EvaluationParameters())["extractors"]["random"]

    for way in figures.values():
        classes = way["classes"].values()
        assert np.mean([row["map"] for row in classes]) == pytest.approx(way["map"], abs=1e-3)
        assert [row["queries"] for row in classes] == [9] * 4
        assert way["curve"][0]["precision"] >= way["curve"][-1]["precision"]


def test_order_is_that_of_the_search_path() -> None:
    collection = clustered_collection(classes=3, each=10, extractors=["random", "other"])
    images = labelled_images(collection, [])
    [question] = images.questions(np.array([7]))
    weights = {"random": 1.0, "other": 0.25}

    order = images.order(question, View(weights))

    spaces = [
        SpaceQuery(
            space.space.extractor, space.space_id, "cosine", question.vectors[space.space_id],
            {collection.pk: space.statistics()},
        )
        for space in images.spaces
    ]  # fmt: skip
    request = Request(spaces=spaces, weights=weights, exclude=frozenset({images.uuid(7)}), limit=100)
    with connection.cursor() as cursor:
        answer = rank(cursor, request)
    assert [images.uuid(int(place)) for place in order] == [result.image for result in answer.results]
    assert len(order) == 29


def test_fused_uses_the_weights_of_the_collection() -> None:
    collection = clustered_collection(classes=3, each=10, spread=1.0, extractors=["other", "random"])
    collection.extractors = {"random": 1.0, "other": 0.0}
    collection.save()

    document = evaluate_collection(collection=collection, parameters=EvaluationParameters())

    assert document["fused"]["weights"] == {"other": 0.0, "random": 1.0}
    assert document["fused"]["centred"]["map"] == document["extractors"]["random"]["centred"]["map"]
    assert document["fused"]["centred"]["map"] != document["extractors"]["other"]["centred"]["map"]


def test_unlabelled_images_are_answers_but_never_right_and_do_not_ask() -> None:
    collection = clustered_collection(classes=2, each=10, spread=0.05)
    whole = evaluate_collection(collection=collection, parameters=EvaluationParameters())
    Image.objects.filter(pk__in=collection.images.filter(label="class 0").values("pk")[:5]).update(label="")

    document = evaluate_collection(collection=collection, parameters=EvaluationParameters())

    assert whole["fused"]["centred"]["map"] == 100
    assert (document["labelled"], document["queries"]) == (15, 15)
    assert document["fused"]["centred"]["classes"]["class 1"]["map"] == 100
    assert document["fused"]["centred"]["classes"]["class 0"]["map"] < 90


def test_images_without_a_relative_or_features_do_not_ask_and_are_counted() -> None:
    collection = clustered_collection(classes=2, each=5)
    Image.objects.bulk_create([bare_image(collection, "class 0"), bare_image(collection, "lonely")])

    document = evaluate_collection(collection=collection, parameters=EvaluationParameters())

    assert document["queries"] == 10
    assert document["skipped"] == {"alone": 1, "without_features": 1}


def test_relevant_images_without_features_count_as_not_found() -> None:
    collection = clustered_collection(classes=2, each=5, spread=0.01)
    Image.objects.bulk_create(bare_image(collection, "class 0") for _ in range(4))

    figures = evaluate_collection(collection=collection, parameters=EvaluationParameters())["fused"]["centred"]

    assert figures["classes"]["class 0"]["map"] == 50
    assert figures["classes"]["class 1"]["map"] == 100


def test_queries_are_chosen_by_a_hash_and_progress_is_told() -> None:
    collection = clustered_collection(classes=2, each=10)
    told: list[tuple[int, int]] = []

    document = evaluate_collection(
        collection=collection,
        parameters=EvaluationParameters(queries=4),
        on_progress=lambda done, total: told.append((done, total)),
    )

    assert document["queries"] == 4
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_document_tells_how_to_repeat_it() -> None:
    collection = clustered_collection(classes=2, each=3)

    repeat = evaluate_collection(collection=collection, parameters=EvaluationParameters())["repeat"]
    Image.objects.filter(label="class 1").update(label="class one")
    renamed = evaluate_collection(collection=collection, parameters=EvaluationParameters())["repeat"]

    assert repeat["parameters"] == EvaluationParameters().values()
    assert [(s["extractor"], s["version"], s["dimension"], s["images"]) for s in repeat["spaces"]] == [
        ("random", "1", 16, 6)
    ]
    assert {"seed", "bootstrap", "tie_salt", "versions", "hardware", "measured"} < set(repeat)
    assert len(repeat["labels_sha256"]) == 64
    assert repeat["labels_sha256"] != renamed["labels_sha256"]


def test_collection_without_labels_or_features_is_refused() -> None:
    bare = make_collection(name="bare")
    Image.objects.bulk_create([bare_image(bare, ""), bare_image(bare, "")])
    with pytest.raises(InvalidInput, match="have no labels"):
        evaluate_collection(collection=bare, parameters=EvaluationParameters())

    Image.objects.filter(collection=bare).update(label="same")
    with pytest.raises(InvalidInput, match="has no features yet"):
        evaluate_collection(collection=bare, parameters=EvaluationParameters())

    lonely = make_collection(name="lonely")
    images = Image.objects.bulk_create([bare_image(lonely, "a"), bare_image(lonely, "b")])
    fill_space(lonely, "random", images, np.eye(2, dtype=np.float32))
    with pytest.raises(InvalidInput, match="No two images of “lonely” share a label"):
        evaluate_collection(collection=lonely, parameters=EvaluationParameters())
