"""Asking again with the same picture, and what looks like an image without a search."""

import pytest

from semblance.common.errors import NotFound
from semblance.indexing.domain.jobs import request_indexing
from semblance.library.domain.images import delete_images
from semblance.library.models import Collection, Image
from semblance.search.domain.neighbours import nearest_images
from semblance.search.domain.options import SearchOptions
from semblance.search.domain.repeats import repeat_search
from semblance.search.domain.searches import create_search
from semblance.search.domain.votes import cast_votes
from semblance.search.models import Search
from semblance.search.queries import standing_votes
from tests.factories import Work, make_collection, make_image, picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def collection(run_jobs: Work) -> Collection:
    collection = make_collection()
    for n in range(6):
        make_image(collection, seed=n, hue=40 * n, filename=f"{n}.png")
    request_indexing(collection=collection, user=None)
    run_jobs()
    return collection


def images(collection: Collection) -> list[Image]:
    return list(collection.images.order_by("filename"))


def again(search: Search, *collections: Collection, **options: object) -> Search:
    ids = [collection.pk for collection in collections]
    return repeat_search(search=search, collections=ids, crop=None, options=SearchOptions(**options))  # type: ignore[arg-type]


def test_votes_come_along_into_a_refined_round(collection: Collection) -> None:
    liked, disliked, *_ = images(collection)
    search = create_search(user=collection.owner, collections=[collection.pk], file=picture(9, hue=100))
    cast_votes(search=search, user=collection.owner, votes={liked.pk: 1, disliked.pk: -0.5})

    repeated = again(search, collection, limit=3)

    assert repeated.current_round == 1
    assert standing_votes(repeated, 1) == {liked.pk: 1, disliked.pk: -0.5}
    assert repeated.rounds.get(number=1).results.count() == 3
    assert Search.objects.count() == 2


def test_search_without_votes_stays_at_its_first_answer(collection: Collection) -> None:
    search = create_search(user=collection.owner, collections=[collection.pk], image=images(collection)[0].pk)

    repeated = again(search, collection)

    assert (repeated.image_id, repeated.current_round) == (search.image_id, 0)


def test_votes_on_pictures_of_collections_left_out_stay_behind(collection: Collection, run_jobs: Work) -> None:
    other = make_collection(owner=collection.owner)
    make_image(other, seed=50)
    request_indexing(collection=other, user=None)
    run_jobs()
    search = create_search(user=collection.owner, collections=[collection.pk], file=picture(9))
    cast_votes(search=search, user=collection.owner, votes={images(collection)[0].pk: 1})

    repeated = again(search, other)

    assert (repeated.current_round, standing_votes(repeated, 0)) == (0, {})


def test_search_whose_picture_was_deleted_cannot_be_asked_again(collection: Collection) -> None:
    query = images(collection)[0]
    search = create_search(user=collection.owner, collections=[collection.pk], image=query.pk)
    delete_images(images=Image.objects.filter(pk=query.pk))
    search.refresh_from_db()

    with pytest.raises(NotFound, match="was deleted"):
        again(search, collection)


def test_nearest_images_come_first_and_never_the_image_itself(collection: Collection) -> None:
    found = nearest_images(image=images(collection)[2], limit=4)

    assert len(found) == 4
    assert images(collection)[2] not in found


def test_nearest_image_is_the_one_of_the_same_color(collection: Collection, run_jobs: Work) -> None:
    twin = make_image(collection, seed=77, hue=80, filename="twin.png")
    request_indexing(collection=collection, user=None)
    run_jobs()

    assert nearest_images(image=images(collection)[2], limit=1) == [twin]


def test_image_without_features_has_no_neighbours(collection: Collection) -> None:
    assert nearest_images(image=make_image(collection, seed=99)) == []
