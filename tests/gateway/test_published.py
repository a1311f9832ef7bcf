"""Published queries, and what changes at once when their owner or the collection's changes something."""

from uuid import UUID

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from semblance.library.domain.collections import update_collection
from semblance.library.enums import Visibility
from semblance.library.models import Collection
from semblance.search.domain.options import SearchOptions
from semblance.search.domain.publishing import publish_search, withdraw_search
from semblance.search.domain.searches import create_search, refine
from semblance.search.domain.votes import cast_votes
from semblance.search.models import PublishedQuery, Search
from tests.factories import picture
from tests.gateway.world import World, document

pytestmark = pytest.mark.django_db


def make_trained(world: World, **options) -> PublishedQuery:
    search = create_search(
        user=world.owner,
        collections=[world.flowers.pk],
        file=picture(77, hue=92),
        options=SearchOptions(**options),
    )
    cast_votes(search=search, user=world.owner, votes={world.image(180).pk: 1, world.image(90).pk: -0.5})
    refine(search=search)
    return publish_search(search=search)


@pytest.fixture
def trained(world: World):
    published = world.commit(lambda: make_trained(world))
    yield published
    world.commit(published.search.delete)


def ids(response: TestResponse) -> list[UUID]:
    assert response.status_code == 200, document(response)
    return [UUID(result["image"]["id"]) for result in document(response)["results"]]


def platform_ids(search: Search) -> list[UUID]:
    round_ = search.rounds.get(number=search.current_round)
    return [result.image_id for result in round_.results.all()]


def test_query_gives_the_results_of_its_round(trained: PublishedQuery, client: FlaskClient) -> None:
    response = client.get(f"/v1/queries/{trained.key}")

    assert ids(response) == platform_ids(trained.search)
    assert document(response)["limit"] == 20
    assert document(response)["total"] == 9


def test_query_leaves_out_what_was_voted_on_if_its_round_does(
    world: World, trained: PublishedQuery, client: FlaskClient
) -> None:
    world.commit(lambda: refine(search=trained.search, exclude_voted=True))
    world.commit(lambda: publish_search(search=trained.search))

    found = ids(client.get(f"/v1/queries/{trained.key}"))

    trained.search.refresh_from_db()
    assert found == platform_ids(trained.search)
    assert not {world.image(180).pk, world.image(90).pk} & set(found)


def test_query_comes_in_pages(trained: PublishedQuery, client: FlaskClient) -> None:
    whole = ids(client.get(f"/v1/queries/{trained.key}"))

    assert ids(client.get(f"/v1/queries/{trained.key}?limit=4&offset=3")) == whole[3:7]
    assert client.get(f"/v1/queries/{trained.key}?limit=0").status_code == 400


def test_query_does_not_move_while_its_owner_goes_on(
    world: World, trained: PublishedQuery, client: FlaskClient
) -> None:
    before = ids(client.get(f"/v1/queries/{trained.key}"))
    votes = {world.image(0).pk: 1, world.image(180).pk: -1}

    world.commit(lambda: cast_votes(search=trained.search, user=world.owner, votes=votes))
    world.commit(lambda: refine(search=trained.search))
    during = ids(client.get(f"/v1/queries/{trained.key}"))
    world.commit(lambda: publish_search(search=trained.search))
    after = ids(client.get(f"/v1/queries/{trained.key}"))

    trained.search.refresh_from_db()
    assert during == before != after
    assert after == platform_ids(trained.search)


def test_query_keeps_filters_and_limit(world: World, client: FlaskClient) -> None:
    published = world.commit(lambda: make_trained(world, filters={"tags": "low"}, limit=2))

    response = client.get(f"/v1/queries/{published.key}")

    assert ids(response) == platform_ids(published.search)
    assert (len(document(response)["results"]), document(response)["total"]) == (2, 3)
    world.commit(published.search.delete)


@pytest.mark.parametrize("exclude", [True, False])
def test_query_by_image_leaves_its_image_out_as_the_search_does(
    world: World, client: FlaskClient, *, exclude: bool
) -> None:
    def publish() -> PublishedQuery:
        return publish_search(
            search=create_search(
                user=world.owner,
                collections=[world.flowers.pk],
                image=world.image(94).pk,
                options=SearchOptions(exclude_query=exclude),
            )
        )

    published = world.commit(publish)

    found = ids(client.get(f"/v1/queries/{published.key}"))

    assert found == platform_ids(published.search)
    assert (world.image(94).pk in found) is not exclude
    world.commit(published.search.delete)


def test_query_over_two_collections_ends_when_one_is_closed(world: World, client: FlaskClient) -> None:
    second = world.commit(lambda: world.collection("stones", Visibility.PUBLIC, seed=50))
    published = world.commit(
        lambda: publish_search(
            search=create_search(user=world.owner, collections=[world.flowers.pk, second.pk], file=picture(7, hue=92))
        )
    )
    found = ids(client.get(f"/v1/queries/{published.key}"))
    world.commit(lambda: update_collection(collection=second, visibility=Visibility.SHARED))

    assert len(found) == 18
    assert found == platform_ids(published.search)
    assert client.get(f"/v1/queries/{published.key}").status_code == 404
    world.commit(published.search.delete)
    world.commit(second.delete)


def test_withdrawn_query_is_gone_at_once(world: World, trained: PublishedQuery, client: FlaskClient) -> None:
    before = client.get(f"/v1/queries/{trained.key}").status_code

    world.commit(lambda: withdraw_search(search=trained.search))

    assert (before, client.get(f"/v1/queries/{trained.key}").status_code) == (200, 404)


@pytest.mark.parametrize("key", ["nothing", "x" * 41, "a%00b", "ü"])
def test_unknown_query_is_not_found(client: FlaskClient, key: str) -> None:
    response = client.get(f"/v1/queries/{key}")

    assert (response.status_code, response.content_type) == (404, "application/problem+json")


@pytest.mark.parametrize("visibility", [Visibility.PRIVATE, Visibility.SHARED])
def test_closing_a_collection_takes_effect_at_once(
    world: World, trained: PublishedQuery, client: FlaskClient, visibility: Visibility
) -> None:
    image = world.image(94).pk
    addresses = [
        "/v1/collections/flowers",
        f"/v1/collections/flowers/images/{image}",
        f"/v1/collections/flowers/images/{image}/file",
        f"/v1/collections/flowers/images/{image}/thumbnail",
        f"/v1/queries/{trained.key}",
    ]
    collections = Collection.objects.filter(pk=world.flowers.pk)

    def statuses() -> list[int]:
        search = client.post("/v1/collections/flowers/search", json={"image": str(image)})
        return [search.status_code, *(client.get(address).status_code for address in addresses)]

    opened = statuses()
    world.commit(lambda: collections.update(visibility=visibility))
    closed, listed = statuses(), document(client.get("/v1/collections"))["results"]
    world.commit(lambda: collections.update(visibility=Visibility.PUBLIC))

    assert opened == [200] * 6
    assert closed == [404] * 6
    assert [collection["slug"] for collection in listed] == ["fresh"]


def test_deleted_image_leaves_every_answer(world: World, trained: PublishedQuery, client: FlaskClient) -> None:
    extra = world.commit(lambda: world.collection("extra", Visibility.PUBLIC, seed=80))
    image = world.image(94, extra)
    key = image.pk
    before = client.post("/v1/collections/extra/search", json={"positive": [str(world.image(0, extra).pk)]})
    world.commit(image.delete)
    after = client.post("/v1/collections/extra/search", json={"positive": [str(world.image(0, extra).pk)]})

    assert (document(before)["total"], document(after)["total"]) == (9, 8)
    assert ids(after) == [found for found in ids(before) if found != key]
    world.commit(extra.delete)
