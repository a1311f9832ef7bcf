"""Pages ask the database the same number of questions however much there is to show."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from semblance.accounts.models import User
from semblance.indexing.domain.jobs import request_indexing
from semblance.library.models import Collection
from semblance.search.domain.searches import create_search, refine
from semblance.search.domain.votes import cast_votes
from semblance.search.models import Search
from tests.factories import Work, make_collection, make_image, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return make_user("anna")


@pytest.fixture
def count(client: Client, user: User) -> Callable[..., int]:
    client.force_login(user)

    def ask(name: str, *args: object, **query: str) -> int:
        address = reverse(f"dashboard:{name}", args=args)
        client.get(address, query)  # whatever is cached for a process is cached now
        with CaptureQueriesContext(connection) as asked:
            response = client.get(address, query)
        assert response.status_code == 200
        return len(asked)

    return ask


def searchable(user: User, run_jobs: Work, images: int) -> Collection:
    collection = make_collection(owner=user)
    for hue in range(images):
        make_image(collection, hue=10 * hue)
    request_indexing(collection=collection, user=user)
    run_jobs()
    return collection


def search_with_rounds(user: User, collection: Collection, rounds: int) -> Search:
    image = collection.images.earliest("created")
    search = create_search(user=user, collections=[collection.pk], image=image.pk)
    for _ in range(rounds):
        other = collection.images.exclude(pk=image.pk).first()
        assert other is not None
        cast_votes(search=search, user=user, votes={other.pk: 1})
        refine(search=search)
    return search


def test_home(count: Callable[..., int], user: User, run_jobs: Work) -> None:
    search_with_rounds(user, searchable(user, run_jobs, 2), 1)
    one = count("home")

    for _ in range(2):
        collection = searchable(user, run_jobs, 3)
        search_with_rounds(user, collection, 3)
        request_indexing(collection=collection, user=user)

    assert count("home") == one == 7


def test_grid(count: Callable[..., int], user: User) -> None:
    collection = make_collection(owner=user)
    make_image(collection, label="a")
    one = count("collection", collection.pk)

    for label in ("b", "c"):
        make_image(collection, label=label)

    assert count("collection", collection.pk) == one == 7


def test_further_pages_of_the_grid_count_nothing(client: Client, user: User) -> None:
    collection = make_collection(owner=user)
    for _ in range(3):
        make_image(collection)
    client.force_login(user)
    after = f"{collection.images.latest('created').created.isoformat()}_{'f' * 32}"

    with CaptureQueriesContext(connection) as asked:
        page = client.get(
            reverse("dashboard:collection", args=[collection.pk]), {"after": after}, headers={"HX-Request": "true"}
        )

    assert page.content.count(b"data-item") == 3
    assert not [query["sql"] for query in asked if "COUNT(" in query["sql"]]


def test_round(count: Callable[..., int], user: User, run_jobs: Work) -> None:
    few = search_with_rounds(user, searchable(user, run_jobs, 2), 1)
    many = search_with_rounds(user, searchable(user, run_jobs, 6), 3)

    assert count("round", few.pk, 1) == count("round", many.pk, 3) == 13


def test_history(count: Callable[..., int], user: User, run_jobs: Work) -> None:
    collection = searchable(user, run_jobs, 3)
    search_with_rounds(user, collection, 1)
    one = count("searches")

    for _ in range(2):
        search_with_rounds(user, collection, 2)

    assert count("searches") == one == 4


def test_jobs(count: Callable[..., int], user: User) -> None:
    request_indexing(collection=make_collection(owner=user), user=user)
    one = count("jobs")

    for _ in range(2):
        request_indexing(collection=make_collection(owner=user), user=user)

    assert count("jobs") == one == 3


def test_members(count: Callable[..., int], user: User) -> None:
    collection = make_collection(owner=user)
    one = count("members", collection.pk)

    for _ in range(2):
        collection.memberships.create(user=make_user(), role=10)

    assert count("members", collection.pk) == one == 4


def test_thumbnail(count: Callable[..., int], user: User) -> None:
    image = make_image(make_collection(owner=user))

    assert count("preview", image.pk) == 3
