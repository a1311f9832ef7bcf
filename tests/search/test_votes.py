"""Vote, refine, go back, branch, publish."""

import pytest
from django.db import DatabaseError, connection

from semblance.common.errors import Conflict, InvalidInput, NotFound
from semblance.library.domain.images import delete_images
from semblance.library.enums import Visibility
from semblance.library.models import Collection, Image
from semblance.search.domain.publishing import publish_search, withdraw_search
from semblance.search.domain.searches import branch, create_search, refine
from semblance.search.domain.votes import cast_votes
from semblance.search.models import PublishedQuery, QueryFeature, Vote
from semblance.search.queries import standing_votes
from tests.factories import make_collection, make_image, picture
from tests.search.colors import image_of, labels

pytestmark = pytest.mark.django_db


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
