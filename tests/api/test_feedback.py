"""Vote, refine, look back, branch, publish."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from semblance.library.enums import Visibility
from semblance.search.models import PublishedQuery, Vote
from tests.api.conftest import V1
from tests.factories import make_collection, make_image, picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def address(world, owner):
    """Return the address of a search for something between warm and cold."""
    query = SimpleUploadedFile("q.png", picture(7, hue=84))
    content = {"collections": str(world.collection.pk), "file": query}
    return owner.post(f"{V1}/searches/", content, format="multipart")["Location"]


def order(body):
    return [result["image"]["id"] for result in body["results"]]


def vote(owner, address, *votes):
    return owner.put(f"{address}votes/", [{"image": str(image.pk), "value": value} for image, value in votes])


def test_votes_stand_until_they_are_withdrawn_and_all_are_kept(world, owner, address):
    warm, _, cold, _ = world.images

    first = vote(owner, address, (warm, 1), (cold, -0.5))
    second = vote(owner, address, (warm, 0), (cold, -1))

    assert sorted(first.json(), key=lambda v: v["value"]) == [
        {"image": str(cold.pk), "value": -0.5},
        {"image": str(warm.pk), "value": 1.0},
    ]
    assert second.json() == [{"image": str(cold.pk), "value": -1.0}]
    assert owner.get(address).json()["votes"] == second.json()
    assert Vote.objects.count() == 4


@pytest.mark.parametrize("value", [1.5, -2, "x", None, "nan", 10**400])
def test_impossible_vote_is_refused(world, owner, address, value):
    response = owner.put(f"{address}votes/", [{"image": str(world.images[0].pk), "value": value}])

    assert response.status_code == 400
    assert list(response.json()["errors"]) == ["0.value"]


def test_votes_are_a_list_of_bearable_length(owner, address, world):
    one = {"image": str(world.images[0].pk), "value": 1}

    assert owner.put(f"{address}votes/", one).status_code == 400
    assert owner.put(f"{address}votes/", [one] * 1001).status_code == 400
    assert owner.put(f"{address}votes/", []).json() == []


def test_vote_on_an_image_elsewhere_is_not_found(owner, address, world):
    elsewhere = make_image(make_collection(world.people["owner"]))

    assert vote(owner, address, (elsewhere, 1)).status_code == 404


def test_refinement_is_a_new_round_nearer_to_the_votes(world, owner, address):
    before = owner.get(address).json()
    liked = next(image for image in world.images if str(image.pk) == order(before)[-1])
    vote(owner, address, (liked, 1))

    response = owner.post(f"{address}refine/")
    after = owner.get(address).json()

    assert response.status_code == 201
    assert response.json() | {"results": order(response.json())} == after["rounds"][1] | {
        "results": order(after),
        "harm": None,
    }
    assert response["Location"] == f"{address}rounds/1/"
    assert order(after)[0] == str(liked.pk)
    assert (after["round"], after["rounds"][1]["parent"], after["rounds"][1]["votes"]) == (1, 0, 1)


def test_refinement_takes_limit_and_leaves_out_what_was_voted_on(world, owner, address):
    vote(owner, address, (world.images[2], 1))

    body = owner.post(f"{address}refine/", {"exclude_voted": True, "limit": 2, "parameters": {"beta": 1}}).json()

    assert len(body["results"]) == 2
    assert str(world.images[2].pk) not in order(body)
    assert body["parameters"] == {"beta": 1, "exclude_voted": True}


def test_rounds_are_looked_back_on(world, owner, address):
    first = owner.get(address).json()
    vote(owner, address, (world.images[3], 1))
    owner.post(f"{address}refine/")

    assert order(owner.get(f"{address}rounds/0/").json()) == order(first)
    assert owner.get(f"{address}rounds/7/").status_code == 404
    assert owner.get(f"{address}rounds/99999999999999999999/").status_code == 404


def test_branch_goes_on_from_an_earlier_round_without_later_votes(world, owner, address):
    first = owner.get(address).json()
    vote(owner, address, (world.images[3], 1))
    owner.post(f"{address}refine/")
    vote(owner, address, (world.images[0], -1))

    response = owner.post(f"{address}rounds/0/branch/")
    now = owner.get(address).json()

    assert (response.status_code, response.json()["number"], response.json()["parent"]) == (201, 2, 0)
    assert order(response.json()) == order(first) == order(now)
    assert [v["image"] for v in now["votes"]] == [str(world.images[3].pk)]
    assert owner.post(f"{address}rounds/9/branch/").status_code == 404


def test_search_is_published_moved_and_withdrawn(world, owner, address):
    world.collection.visibility = Visibility.PUBLIC
    world.collection.save()

    published = owner.post(f"{address}publish/")
    owner.post(f"{address}refine/")
    moved = owner.post(f"{address}publish/")
    shown = owner.get(address).json()["published"]
    withdrawn = [owner.delete(f"{address}publish/").status_code for _ in range(2)]

    assert published.status_code == 201
    assert published.json()["path"] == f"/v1/queries/{published.json()['key']}"
    assert moved.json() == shown == published.json() | {"round": 1}
    assert withdrawn == [204, 404]
    assert not PublishedQuery.objects.exists()


def test_search_in_a_collection_that_is_not_public_cannot_be_published(owner, address):
    response = owner.post(f"{address}publish/")

    assert (response.status_code, response.json()["code"]) == (409, "collection-not-public")
