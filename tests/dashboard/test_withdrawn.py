"""Searches that go on when a collection is no longer shared: nothing of it is shown, and the rest works."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from semblance.indexing.domain.jobs import request_indexing
from semblance.library.enums import Visibility
from semblance.library.models import Collection
from semblance.search.domain.searches import create_search
from semblance.search.models import Search
from tests.dashboard.conftest import World
from tests.factories import Work, make_collection, make_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def viewer(as_: Callable[[str], Client]) -> Client:
    return as_("viewer")


@pytest.fixture
def own(world: World, run_jobs: Work) -> Collection:
    collection = make_collection(owner=world.people["viewer"], name="Own pictures")
    make_image(collection, hue=20)
    request_indexing(collection=collection, user=world.people["viewer"])
    run_jobs()
    return collection


@pytest.fixture
def search(world: World, own: Collection) -> Search:
    """A search by a shared picture in a shared collection and one's own; then it is not shared any more."""
    made = create_search(
        user=world.people["viewer"], collections=[world.collection.pk, own.pk], image=world.images[0].pk
    )
    Collection.objects.filter(pk=world.collection.pk).update(visibility=Visibility.PRIVATE, name="Renamed since")
    return made


@pytest.mark.usefixtures("search")
@pytest.mark.parametrize("name", ["home", "searches"])
def test_past_searches_name_what_one_may_still_see(viewer: Client, world: World, name: str) -> None:
    page = viewer.get(reverse(f"dashboard:{name}")).content.decode()

    assert "Own pictures" in page
    assert "Renamed since" not in page
    assert str(world.images[0].pk) not in page


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_round_shows_nothing_of_a_hidden_picture_and_collection(
    viewer: Client, world: World, own: Collection, search: Search, headers: dict[str, str]
) -> None:
    page = viewer.get(reverse("dashboard:search", args=[search.pk]), headers=headers).content.decode()

    assert f'name="collections" value="{own.pk}"' in page
    assert all(str(pk) not in page for pk in (world.collection.pk, world.images[0].pk))
    assert world.images[0].filename not in page


def test_refused_query_shows_nothing_of_a_hidden_picture(viewer: Client, world: World, search: Search) -> None:
    response = viewer.post(reverse("dashboard:search-again", args=[search.pk]), {})

    assert response.status_code == 422
    assert world.images[0].filename not in response.content.decode()
