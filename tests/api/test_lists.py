"""Lists: pages, limits, and a number of queries that does not grow."""

from base64 import b64encode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from semblance.indexing.domain.jobs import cancel_job, request_indexing
from semblance.library.domain.members import add_member
from semblance.library.enums import Role
from semblance.search.domain.evaluation import request_evaluation
from semblance.search.domain.searches import create_search, refine
from semblance.search.domain.votes import cast_votes
from tests.api.conftest import V1, client_of
from tests.factories import make_collection, make_image, make_user

pytestmark = pytest.mark.django_db


def add_collection(world):
    make_collection(world.people["owner"])


def add_person(world):
    add_member(collection=world.collection, username=make_user().username, role=Role.VIEWER)


def add_image(world):
    make_image(world.collection, tags=["x"])


def add_job(world):
    cancel_job(job=request_indexing(collection=world.collection, user=world.people["owner"]))


def add_evaluation(world):
    request_evaluation(collection=world.collection, user=world.people["owner"], parameters={})


def add_search(world):
    owner = world.people["owner"]
    search = create_search(user=owner, collections=[world.collection.pk], image=world.images[0].pk)
    cast_votes(search=search, user=owner, votes={world.images[1].pk: 1.0})
    refine(search=search)


LISTS = {
    "collections/": (add_collection, 2),
    "collections/{}/members/": (add_person, 3),
    "collections/{}/images/": (add_image, 3),
    "collections/{}/jobs/": (add_job, 3),
    "collections/{}/evaluations/": (add_evaluation, 3),
    "searches/": (add_search, 6),
}
"""What adds an item to a list, and the queries of a page: the token, access, items, and what items show besides."""


def asked(client, address):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        page = client.get(address).json()
    return page["results"], len(captured)


@pytest.mark.parametrize("path", LISTS)
def test_list_asks_the_database_as_often_for_three_as_for_one(world, owner, path):
    add, queries = LISTS[path]
    address = f"{V1}/{path.format(world.collection.pk)}"
    add(world)
    first, before = asked(owner, address)
    for _ in range(2):
        add(world)

    second, after = asked(owner, address)

    assert len(second) == len(first) + 2
    assert (before, after) == (queries, queries)


@pytest.mark.parametrize("limit", [1, 3])
def test_search_asks_the_database_as_often_for_three_results_as_for_one(world, owner, limit):
    search = create_search(user=world.people["owner"], collections=[world.collection.pk], image=world.images[0].pk)
    search.rounds.get().results.filter(rank__gt=limit).delete()

    with CaptureQueriesContext(connection) as captured:
        body = owner.get(f"{V1}/searches/{search.pk}/").json()

    assert len(body["results"]) == limit
    assert len(captured) == 7


def test_pages_lead_through_a_list_and_back(world, owner):
    for _ in range(3):
        add_image(world)
    address = f"{V1}/collections/{world.collection.pk}/images/?limit=3"

    pages = [owner.get(address).json()]
    while pages[-1]["next"]:
        pages.append(owner.get(pages[-1]["next"]).json())
    back = owner.get(pages[-1]["previous"]).json()

    ids = [image["id"] for page in pages for image in page["results"]]
    assert [len(page["results"]) for page in pages] == [3, 3, 1]
    assert len(set(ids)) == len(ids) == 7
    assert back["results"] == pages[1]["results"]
    assert pages[0]["previous"] is None


def test_pages_stay_the_same_while_newer_items_come(world, owner):
    address = f"{V1}/collections/{world.collection.pk}/images/?limit=2"
    following = owner.get(address).json()["next"]
    before = owner.get(following).json()["results"]

    add_image(world)

    assert owner.get(following).json()["results"] == before


def test_list_keeps_its_filter_from_page_to_page(world, owner):
    page = owner.get(f"{V1}/collections/{world.collection.pk}/images/?limit=1&label=warm").json()
    following = owner.get(page["next"]).json()

    assert [image["label"] for image in page["results"] + following["results"]] == ["warm", "warm"]
    assert following["next"] is None


def test_limit_is_a_thousand_at_the_most(world, owner):
    from semblance.api.pagination import CursorPagination

    assert CursorPagination.max_page_size == 1000
    assert len(owner.get(f"{V1}/collections/{world.collection.pk}/images/?limit=5000").json()["results"]) == 4


@pytest.mark.parametrize(
    "cursor",
    ["x", b64encode(b"p=yesterday").decode(), b64encode(b"p=2024-13-45").decode(), b64encode(b"o=x").decode()],
)
def test_cursor_of_somebody_elses_making_is_refused(owner, cursor):
    response = owner.get(f"{V1}/collections/?cursor={cursor}")

    assert response.status_code == 400
    assert list(response.json()["errors"]) == ["cursor"]


def test_list_of_nothing_is_empty():
    page = client_of(make_user()).get(f"{V1}/collections/").json()

    assert page == {"next": None, "previous": None, "results": []}
