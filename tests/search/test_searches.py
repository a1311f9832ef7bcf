"""Search by upload, image and crop, and what is refused."""

from typing import Any
from uuid import uuid4

import pytest

from semblance.common.errors import Conflict, InvalidInput, NotFound
from semblance.indexing.domain.jobs import request_indexing
from semblance.library.models import Collection
from semblance.search.domain.options import SearchOptions
from semblance.search.domain.searches import create_search
from semblance.search.models import Search
from tests.factories import Work, make_collection, make_image, make_user, picture
from tests.search.colors import image_of, labels

pytestmark = pytest.mark.django_db


def test_search_by_upload_finds_the_same_color_first(collection: Collection) -> None:
    search = create_search(user=collection.owner, collections=[collection.pk], file=picture(77, hue=92))

    assert set(labels(search)[:3]) == {"hue 90", "hue 94", "hue 98"}
    assert search.rounds.get().total == 9


def test_search_by_image_leaves_the_query_out_unless_asked(collection: Collection) -> None:
    query = image_of(94)

    without = create_search(user=collection.owner, collections=[collection.pk], image=query.pk)
    with_it = create_search(
        user=collection.owner,
        collections=[collection.pk],
        image=query.pk,
        options=SearchOptions(exclude_query=False),
    )

    assert "hue 94" not in labels(without)
    assert labels(with_it)[0] == "hue 94"


def test_search_by_crop_looks_at_that_region_only(collection: Collection) -> None:
    from io import BytesIO

    import numpy as np
    from PIL import Image as Picture

    left, right = (np.asarray(Picture.open(BytesIO(picture(5, hue=hue)))) for hue in (4, 184))
    stream = BytesIO()
    Picture.fromarray(np.concatenate([left, right], axis=1)).save(stream, "PNG")

    search = create_search(
        user=collection.owner, collections=[collection.pk], file=stream.getvalue(), crop=[0.5, 0, 0.5, 1]
    )

    assert set(labels(search)[:3]) == {"hue 180", "hue 184", "hue 188"}


def test_search_explains_each_result(collection: Collection) -> None:
    search = create_search(user=collection.owner, collections=[collection.pk], image=image_of(0).pk)

    result = search.rounds.get().results.get(rank=1)
    parts = result.explanation["color-histogram"]

    assert parts["weight"] == 1
    assert parts["contribution"] == pytest.approx(result.score)
    assert parts["distance"] == pytest.approx(result.distance)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"label": "hue 90"}, 1),
        ({"label": ["hue 90", "hue 94"]}, 2),
        ({"tags": "low"}, 3),
        ({"metadata": {"none": 1}}, 0),
        ({"none": 1}, 0),
        ({}, 9),
    ],
)
def test_search_counts_everything_the_filters_leave(
    collection: Collection, filters: dict[str, Any], expected: int
) -> None:
    search = create_search(
        user=collection.owner,
        collections=[collection.pk],
        file=picture(3),
        options=SearchOptions(filters=filters, limit=1),
    )

    assert search.rounds.get().total == expected
    assert len(labels(search)) == min(expected, 1)


def test_search_over_several_collections_ranks_them_together(collection: Collection, run_jobs: Work) -> None:
    other = make_collection(collection.owner)
    make_image(other, hue=92, label="other")
    request_indexing(collection=other, user=None)
    run_jobs()

    search = create_search(user=collection.owner, collections=[collection.pk, other.pk], file=picture(9, hue=92))

    assert "other" in labels(search)[:4]
    assert search.rounds.get().total == 9 + 1


def test_search_of_what_one_may_not_see_finds_nothing_there(collection: Collection) -> None:
    stranger = make_user()

    with pytest.raises(NotFound):
        create_search(user=stranger, collections=[collection.pk], file=picture(1))
    with pytest.raises(NotFound):
        create_search(user=stranger, collections=[make_collection(stranger).pk], image=image_of(0).pk)


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"collections": []}, "collections"),
        ({"image": uuid4()}, "file"),
        ({"file": None}, "file"),
        ({"crop": [0, 0, 2, 1]}, "crop"),
        ({"crop": [0, 0, "x", 1]}, "crop"),
    ],
)
def test_search_made_of_nonsense_is_refused_by_field(
    collection: Collection, arguments: dict[str, Any], field: str
) -> None:
    asked = {"collections": [collection.pk], "file": picture(1)} | arguments

    with pytest.raises(InvalidInput) as refusal:
        create_search(user=collection.owner, **asked)

    assert list(refusal.value.fields) == [field]


def test_weight_of_an_extractor_that_nobody_knows_is_refused(collection: Collection) -> None:
    options = SearchOptions(weights={"color-histogram": 1, "nope": 1})

    with pytest.raises(InvalidInput, match="No extractor is called nope"):
        create_search(user=collection.owner, collections=[collection.pk], file=picture(1), options=options)

    assert Search.objects.count() == 0


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 1001}, "limit"),
        ({"method": "magic"}, "method"),
        ({"weights": {"color-histogram": -1}}, "weights"),
        ({"weights": {"color-histogram": "much"}}, "weights"),
        ({"filters": "label"}, "filters"),
        ({"filters": {"label": {"a": 1}}}, "filters"),
        ({"filters": {"tags": ["low", 1]}}, "filters"),
        ({"filters": {"metadata": "abc"}}, "filters"),
        ({"filters": {"metadata": [["a", 1]]}}, "filters"),
    ],
)
def test_options_made_of_nonsense_are_refused_by_field(values: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        SearchOptions(**values)

    assert list(refusal.value.fields) == [field]


def test_search_of_a_collection_without_features_says_so() -> None:
    empty = make_collection()

    with pytest.raises(Conflict) as refusal:
        create_search(user=empty.owner, collections=[empty.pk], file=picture(1))

    assert refusal.value.code == "not-indexed"
    assert Search.objects.count() == 0
