"""Somebody deletes while another searches, votes or uploads."""

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from semblance.common.errors import NotFound
from semblance.indexing.domain.jobs import request_indexing
from semblance.indexing.tasks import index_collection
from semblance.library.domain.collections import delete_collection
from semblance.library.domain.images import delete_images, store_image
from semblance.library.models import Collection, Image
from semblance.search.domain.removal import delete_search
from semblance.search.domain.searches import branch, create_search, refine
from semblance.search.domain.votes import cast_votes
from semblance.search.models import Search, Vote
from tests.factories import make_collection, make_image, picture
from tests.search.racing import while_uncommitted

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def collection() -> Collection:
    collection = make_collection()
    for seed in range(4):
        make_image(collection, seed=seed, hue=60 * seed)
    index_collection(str(request_indexing(collection=collection, user=None).pk))
    return collection


@pytest.fixture
def search(collection: Collection) -> Search:
    return create_search(user=collection.owner, collections=[collection.pk], file=picture(9))


@pytest.fixture
def doomed(collection: Collection) -> Image:
    first: Image = Image.objects.filter(collection=collection).order_by("pk")[0]
    return first


def delete(image: Image) -> None:
    delete_images(images=Image.objects.filter(pk=image.pk))


def shown(search: Search) -> set[object]:
    round_ = search.rounds.get(number=search.current_round)
    return set(round_.results.values_list("image", flat=True))


def test_search_leaves_out_what_is_deleted_meanwhile(collection: Collection, doomed: Image) -> None:
    search = while_uncommitted(
        lambda: delete(doomed),
        lambda: create_search(user=collection.owner, collections=[collection.pk], file=picture(9)),
    )

    assert shown(search) == set(collection.images.values_list("pk", flat=True))
    assert len(shown(search)) == 3


def test_round_leaves_out_what_is_deleted_meanwhile(search: Search, doomed: Image) -> None:
    while_uncommitted(lambda: delete(doomed), lambda: refine(search=search))

    assert (search.current_round, len(shown(search))) == (1, 3)


def test_branch_leaves_out_what_is_deleted_meanwhile(search: Search, doomed: Image) -> None:
    while_uncommitted(lambda: delete(doomed), lambda: branch(search=search, number=0))

    assert (search.current_round, len(shown(search))) == (1, 3)


def test_search_by_an_image_that_is_deleted_meanwhile_finds_no_image(collection: Collection, doomed: Image) -> None:
    with pytest.raises(NotFound, match="There is no image"):
        while_uncommitted(
            lambda: delete(doomed),
            lambda: create_search(user=collection.owner, collections=[collection.pk], image=doomed.pk),
        )

    assert not Search.objects.exists()


def test_search_in_a_collection_that_is_deleted_meanwhile_finds_none(collection: Collection) -> None:
    with pytest.raises(NotFound, match="no such collection"):
        while_uncommitted(
            lambda: delete_collection(collection=Collection.objects.get()),
            lambda: create_search(user=collection.owner, collections=[collection.pk], file=picture(9)),
        )

    assert not Search.objects.exists()


def test_vote_on_what_is_deleted_meanwhile_finds_no_image(search: Search, doomed: Image) -> None:
    with pytest.raises(NotFound, match="not part of this search"):
        while_uncommitted(
            lambda: delete(doomed), lambda: cast_votes(search=search, user=search.user, votes={doomed.pk: 1})
        )

    assert not Vote.objects.exists()


def test_vote_in_a_search_that_is_deleted_meanwhile_finds_no_search(search: Search, doomed: Image) -> None:
    with pytest.raises(NotFound, match="no such search"):
        while_uncommitted(
            lambda: delete_search(search=Search.objects.get()),
            lambda: cast_votes(search=search, user=search.user, votes={doomed.pk: 1}),
        )


def test_search_deleted_while_a_vote_is_cast_goes_with_that_vote(search: Search, doomed: Image) -> None:
    while_uncommitted(
        lambda: cast_votes(search=Search.objects.get(), user=search.user, votes={doomed.pk: 1}),
        lambda: delete_search(search=search),
    )

    assert (Search.objects.count(), Vote.objects.count()) == (0, 0)


def test_upload_into_a_collection_that_is_deleted_meanwhile_finds_none(collection: Collection) -> None:
    with pytest.raises(NotFound, match="no such collection"):
        while_uncommitted(
            lambda: delete_collection(collection=Collection.objects.get()),
            lambda: store_image(collection=collection, data=picture(9), filename="9.png", user=None),
        )


def test_collection_deleted_while_an_image_is_added_goes_with_that_image(collection: Collection) -> None:
    while_uncommitted(
        lambda: store_image(collection=collection, data=picture(9), filename="9.png", user=None),
        lambda: delete_collection(collection=Collection.objects.get()),
    )

    assert (Collection.objects.count(), Image.objects.count()) == (0, 0)


def test_collection_deleted_while_a_round_is_added_goes_with_its_images(search: Search) -> None:
    while_uncommitted(
        lambda: refine(search=Search.objects.get()),
        lambda: delete_collection(collection=Collection.objects.get()),
    )

    assert (Image.objects.count(), Search.objects.get().collections.count()) == (0, 0)
    assert shown(Search.objects.get()) == set()


def test_indexing_of_a_collection_that_is_gone_is_refused(collection: Collection) -> None:
    delete_collection(collection=Collection.objects.get())
    waiting = ProcrastinateJob.objects.filter(task_name="indexing.index_collection").count()

    with pytest.raises(NotFound, match="no such collection"):
        request_indexing(collection=collection, user=None)

    assert ProcrastinateJob.objects.filter(task_name="indexing.index_collection").count() == waiting


def test_indexing_is_asked_for_while_somebody_searches(collection: Collection) -> None:
    def ask() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '1s'")
        try:
            request_indexing(collection=collection, user=None)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("RESET lock_timeout")

    while_uncommitted(lambda: create_search(user=collection.owner, collections=[collection.pk], file=picture(9)), ask)

    assert collection.jobs.filter(state="queued").count() == 1
