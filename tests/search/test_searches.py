"""Search, vote, refine, go back, branch."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection

from semblance.common.errors import Conflict, InvalidInput, NotFound, Unavailable
from semblance.indexing.domain.jobs import request_indexing
from semblance.library.domain.images import delete_images
from semblance.library.enums import Visibility
from semblance.library.models import Collection, Image
from semblance.search.domain.options import SearchOptions
from semblance.search.domain.publishing import publish_search, withdraw_search
from semblance.search.domain.searches import branch, create_search, refine
from semblance.search.domain.votes import cast_votes
from semblance.search.models import PublishedQuery, QueryFeature, Search, Vote
from semblance.search.queries import standing_votes, visible_results
from tests.factories import Work, make_collection, make_image, make_user, picture

pytestmark = pytest.mark.django_db
HUES = [0, 4, 8, 90, 94, 98, 180, 184, 188]


@pytest.fixture
def collection(run_jobs: Work) -> Collection:
    collection = make_collection()
    for number, hue in enumerate(HUES):
        make_image(collection, seed=number, hue=hue, label=f"hue {hue}", tags=["low"] if hue < 90 else [])
    request_indexing(collection=collection, user=None)
    run_jobs()
    return collection


def image_of(hue: int) -> Image:
    return Image.objects.get(label=f"hue {hue}")


def labels(search: Search, number: int | None = None) -> list[str]:
    round_ = search.rounds.get(number=search.current_round if number is None else number)
    return [result.image.label for result in visible_results(round_, search.user)]


def test_search_by_upload_finds_the_same_color_first(collection: Collection) -> None:
    search = create_search(user=collection.owner, collections=[collection.pk], file=picture(77, hue=92))

    assert set(labels(search)[:3]) == {"hue 90", "hue 94", "hue 98"}
    assert search.rounds.get().total == len(HUES)


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
    assert search.rounds.get().total == len(HUES) + 1


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


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 1001}, "limit"),
        ({"method": "magic"}, "method"),
        ({"weights": {"color-histogram": -1}}, "weights"),
        ({"weights": {"color-histogram": "much"}}, "weights"),
        ({"filters": "label"}, "filters"),
    ],
)
def test_options_made_of_nonsense_are_refused_by_field(values: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        SearchOptions(**values)

    assert list(refusal.value.fields) == [field]


def test_search_of_a_collection_without_features_says_so() -> None:
    empty = make_collection()

    with pytest.raises(Unavailable) as refusal:
        create_search(user=empty.owner, collections=[empty.pk], file=picture(1))

    assert refusal.value.code == "not-indexed"
    assert Search.objects.count() == 0


def test_votes_move_the_next_round_toward_what_was_liked(collection: Collection) -> None:
    search = create_search(user=collection.owner, collections=[collection.pk], file=picture(9, hue=45))

    cast_votes(search=search, user=collection.owner, votes={image_of(184).pk: 1, image_of(4).pk: -1})
    refine(search=search)

    assert set(labels(search)[:3]) == {"hue 180", "hue 184", "hue 188"}
    assert search.rounds.get(number=1).votes == 2


def test_refinement_starts_from_the_original_query_each_time(collection: Collection) -> None:
    search = create_search(user=collection.owner, collections=[collection.pk], file=picture(9, hue=92))
    cast_votes(search=search, user=collection.owner, votes={image_of(184).pk: 1})
    refine(search=search)
    first = labels(search)

    refine(search=search)
    again = labels(search)
    cast_votes(search=search, user=collection.owner, votes={image_of(184).pk: 0})
    refine(search=search)

    assert again == first
    assert labels(search) == labels(search, 0)
    assert QueryFeature.objects.filter(search=search).count() == 1


def test_ledger_keeps_every_vote_and_the_latest_stands(collection: Collection) -> None:
    search = create_search(user=collection.owner, collections=[collection.pk], file=picture(9, hue=92))
    image = image_of(0)

    for value in (1, -0.5, 0.25):
        standing = cast_votes(search=search, user=collection.owner, votes={image.pk: value})

    assert standing == {image.pk: 0.25}
    assert list(Vote.objects.order_by("id").values_list("value", flat=True)) == [1, -0.5, 0.25]
    assert Vote.objects.filter(rank__isnull=True).count() == 0


def test_ledger_refuses_changes(collection: Collection) -> None:
    search = create_search(user=collection.owner, collections=[collection.pk], file=picture(9, hue=92))
    cast_votes(search=search, user=collection.owner, votes={image_of(0).pk: 1})

    with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
        cursor.execute("UPDATE search_vote SET value = 0")


@pytest.mark.parametrize("value", [1.5, -2, float("nan")])
def test_vote_out_of_range_is_refused(collection: Collection, value: float) -> None:
    search = create_search(user=collection.owner, collections=[collection.pk], file=picture(9))

    with pytest.raises(InvalidInput):
        cast_votes(search=search, user=collection.owner, votes={image_of(0).pk: value})

    assert Vote.objects.count() == 0


def test_vote_on_a_foreign_image_is_refused(collection: Collection) -> None:
    search = create_search(user=collection.owner, collections=[collection.pk], file=picture(9))
    foreign = make_image(make_collection())

    with pytest.raises(NotFound):
        cast_votes(search=search, user=collection.owner, votes={foreign.pk: 1})


def test_branch_forgets_later_votes_and_keeps_earlier_ones(collection: Collection) -> None:
    search = create_search(user=collection.owner, collections=[collection.pk], file=picture(9, hue=92))
    cast_votes(search=search, user=collection.owner, votes={image_of(0).pk: 1})
    refine(search=search)
    cast_votes(search=search, user=collection.owner, votes={image_of(180).pk: 1})
    refine(search=search)

    round_ = branch(search=search, number=1)
    back = branch(search=search, number=0)

    assert (round_.number, round_.parent, back.number, back.parent) == (3, 1, 4, 0)
    assert standing_votes(search, 3) == {image_of(0).pk: 1, image_of(180).pk: 1}
    assert standing_votes(search, 4) == {image_of(0).pk: 1}
    assert labels(search, 3) == labels(search, 1)
    assert search.current_round == 4


def test_refinement_can_leave_out_what_was_voted_on(collection: Collection) -> None:
    search = create_search(user=collection.owner, collections=[collection.pk], file=picture(9, hue=92))
    cast_votes(search=search, user=collection.owner, votes={image_of(94).pk: 1})

    refine(search=search, exclude_voted=True)

    assert "hue 94" not in labels(search)


def test_deleted_image_takes_its_results_and_votes_along(collection: Collection) -> None:
    search = create_search(user=collection.owner, collections=[collection.pk], image=image_of(94).pk)
    cast_votes(search=search, user=collection.owner, votes={image_of(0).pk: 1, image_of(4).pk: 1})

    delete_images(images=Image.objects.filter(label__in=["hue 0", "hue 94"]))
    search.refresh_from_db()

    assert search.image_id is None
    assert "hue 0" not in labels(search)
    assert standing_votes(search, 0) == {image_of(4).pk: 1}
    assert refine(search=search).votes == 1


def test_published_search_needs_public_collections_and_can_be_withdrawn(collection: Collection) -> None:
    search = create_search(user=collection.owner, collections=[collection.pk], file=picture(9))

    with pytest.raises(Conflict) as refusal:
        publish_search(search=search)
    collection.visibility = Visibility.PUBLIC
    collection.save()
    keys = {publish_search(search=search).key for _ in range(2)}
    withdraw_search(search=search)

    assert refusal.value.code == "collection-not-public"
    assert len(keys) == 1
    assert PublishedQuery.objects.count() == 0
