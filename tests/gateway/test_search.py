"""Searching through the gateway, held against the platform's own search."""

import json
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django.fixtures import Settings
from werkzeug.test import TestResponse

from semblance.extractors import registry
from semblance.indexing.enums import SpaceState
from semblance.indexing.models import CollectionSpace, FeatureSpace
from semblance.library.enums import Visibility
from semblance.library.models import Collection
from semblance.search.domain.options import SearchOptions
from semblance.search.domain.searches import create_search, refine
from semblance.search.domain.votes import cast_votes
from semblance.search.models import Search
from tests.factories import make_collection, picture
from tests.gateway.world import World, document

SEARCH = "/v1/collections/flowers/search"
pytestmark = pytest.mark.django_db


def ids(response: TestResponse) -> list[UUID]:
    assert response.status_code == 200, document(response)
    return [UUID(result["image"]["id"]) for result in document(response)["results"]]


def scores(response: TestResponse) -> list[tuple[float, float]]:
    return [(result["score"], result["distance"]) for result in document(response)["results"]]


def current(search: Search):
    return search.rounds.get(number=search.current_round).results.all()


def platform_ids(search: Search) -> list[UUID]:
    return [result.image_id for result in current(search)]


def test_search_by_image_gives_the_ids_and_scores_of_the_platform(world: World, client: FlaskClient) -> None:
    image = world.image(94)
    search = create_search(user=world.owner, collections=[world.flowers.pk], image=image.pk)

    response = client.post(SEARCH, json={"image": str(image.pk)})

    assert ids(response) == platform_ids(search)
    assert scores(response) == [(result.score, result.distance) for result in current(search)]
    assert document(response)["total"] == 8


def test_search_by_upload_gives_the_ids_of_the_platform(world: World, client: FlaskClient) -> None:
    data = picture(77, hue=92)
    search = create_search(user=world.owner, collections=[world.flowers.pk], file=data)

    response = client.post(SEARCH, data={"file": (BytesIO(data), "query.png")})

    assert ids(response) == platform_ids(search)
    assert len(ids(response)) == 9


def test_examples_give_the_ids_of_votes(world: World, client: FlaskClient) -> None:
    image, liked, disliked = world.image(94), world.image(180), world.image(90)
    search = create_search(user=world.owner, collections=[world.flowers.pk], image=image.pk)
    plain = platform_ids(search)
    cast_votes(search=search, user=world.owner, votes={liked.pk: 1, disliked.pk: -1})
    refine(search=search)

    response = client.post(
        SEARCH, json={"image": str(image.pk), "positive": [str(liked.pk)], "negative": [str(disliked.pk)]}
    )

    assert ids(response) == platform_ids(search)
    assert ids(response) != plain


def test_examples_refine_an_upload(world: World, client: FlaskClient) -> None:
    data, liked = picture(77, hue=92), world.image(180)
    search = create_search(user=world.owner, collections=[world.flowers.pk], file=data)
    cast_votes(search=search, user=world.owner, votes={liked.pk: 1})
    refine(search=search)

    form = {"file": (BytesIO(data), "query.png"), "positive": str(liked.pk), "weights": '{"color-histogram": 2}'}
    response = client.post(SEARCH, data=form)

    assert ids(response) == platform_ids(search)


def test_form_takes_examples_as_repeated_parts_and_as_json(world: World, client: FlaskClient) -> None:
    liked = [str(world.image(hue).pk) for hue in (180, 184)]

    repeated = client.post(SEARCH, data={"positive": liked, "limit": "3", "offset": "1"})
    as_json = client.post(SEARCH, data={"positive": json.dumps(liked), "limit": "3", "offset": "1"})
    plain = client.post(SEARCH, json={"positive": liked, "limit": 3, "offset": 1})

    assert ids(repeated) == ids(as_json) == ids(plain)
    assert len(ids(plain)) == 3


def test_positive_examples_alone_are_the_query(world: World, client: FlaskClient) -> None:
    image = world.image(94)

    response = client.post(SEARCH, json={"positive": [str(image.pk)]})

    by_image = create_search(
        user=world.owner,
        collections=[world.flowers.pk],
        image=image.pk,
        options=SearchOptions(exclude_query=False),
    )
    assert ids(response) == platform_ids(by_image)
    assert ids(response)[0] == image.pk


def test_query_image_may_be_of_another_collection_and_not_indexed(
    world: World, client: FlaskClient, settings: Settings
) -> None:
    settings.MEDIA_ROOT = world.media
    stranger = world.image(92, world.fresh)
    search = create_search(user=world.owner, collections=[world.flowers.pk], image=stranger.pk)

    response = client.post(SEARCH, json={"image": str(stranger.pk)})

    assert ids(response) == platform_ids(search)
    assert document(response)["total"] == 9


def test_pages_are_parts_of_one_ranking(world: World, client: FlaskClient) -> None:
    query = {"image": str(world.image(0).pk)}
    whole = client.post(SEARCH, json=query | {"limit": 1000})

    pages = [client.post(SEARCH, json=query | {"limit": 3, "offset": offset}) for offset in (0, 3, 6, 9)]

    assert [image for page in pages for image in ids(page)] == ids(whole)
    assert [len(ids(page)) for page in pages] == [3, 3, 2, 0]
    assert [document(page)["total"] for page in pages] == [8, 8, 8, 8]
    assert [result["rank"] for result in document(pages[1])["results"]] == [4, 5, 6]


def test_result_shows_image_and_explanation(world: World, client: FlaskClient) -> None:
    response = client.post(SEARCH, json={"image": str(world.image(94).pk), "limit": 1})

    [result] = document(response)["results"]
    found = world.image(98) if result["image"]["label"] == "hue 98" else world.image(90)
    part = result["explanation"]["color-histogram"]
    assert result["image"]["url"] == f"/v1/collections/flowers/images/{found.pk}"
    assert result["image"]["collection"] == str(world.flowers.pk)
    assert (part["distance"], part["contribution"], part["weight"]) == (result["distance"], result["score"], 1.0)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "image"),
        ({"negative": [str(uuid4())]}, "image"),
        ({"image": "not-an-id"}, "image"),
        ({"image": "\ud800"}, "image"),
        ({"image": str(uuid4()), "limit": 0}, "limit"),
        ({"image": str(uuid4()), "limit": 1001}, "limit"),
        ({"image": str(uuid4()), "offset": -1}, "offset"),
        ({"image": str(uuid4()), "offset": 10**400}, "offset"),
        ({"image": str(uuid4()), "strategy": "magic"}, "strategy"),
        ({"image": str(uuid4()), "weights": {"color-histogram": -1}}, "weights.color-histogram"),
        ({"image": str(uuid4()), "weights": {"color-histogram": 10**400}}, "weights.color-histogram"),
        ({"image": str(uuid4()), "weights": []}, "weights"),
        ({"positive": "x"}, "positive"),
        ({"positive": [str(UUID(int=1))], "negative": [str(UUID(int=1))]}, "negative"),
        ({"positive": [str(UUID(int=n)) for n in range(1001)]}, "positive"),
    ],
)
def test_nonsense_is_refused_by_field(client: FlaskClient, body: dict[str, Any], field: str) -> None:
    response = client.post(SEARCH, json=body)

    assert (response.status_code, response.content_type) == (400, "application/problem+json")
    assert list(document(response)["errors"]) == [field]


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"data": "{", "content_type": "application/json"}, 400),
        ({"data": "[" * 100_000, "content_type": "application/json"}, 400),
        ({"data": "[1]", "content_type": "application/json"}, 400),
        ({"data": "null", "content_type": "application/json"}, 400),
        ({"data": b"\xff\xfe", "content_type": "application/json"}, 400),
        ({"data": '{"limit": ' + "9" * 5000 + "}", "content_type": "application/json"}, 400),
        ({"data": "<a/>", "content_type": "application/xml"}, 415),
        ({"data": {"weights": "{", "image": str(UUID(int=1))}}, 400),
        ({"data": {"positive": "[" * 5000}}, 400),
        ({"data": {"file": (BytesIO(b""), "empty.png")}}, 400),
        ({"data": {"file": (BytesIO(b"no picture"), "text.png")}}, 400),
        ({"data": {"file": (BytesIO(picture(1)), "one.png"), "image": str(UUID(int=1))}}, 400),
        ({"data": {"file": (BytesIO(picture(1)), "one.png"), "weights": '{"nothing": 1}'}}, 400),
    ],
)
def test_unreadable_bodies_are_refused(client: FlaskClient, options: dict[str, Any], status: int) -> None:
    response = client.post(SEARCH, **options)

    assert (response.status_code, response.content_type) == (status, "application/problem+json")
    assert document(response)["status"] == status


def test_body_beyond_the_cap_is_refused(client: FlaskClient) -> None:
    announced = {"CONTENT_LENGTH": "51000001", "CONTENT_TYPE": "multipart/form-data; boundary=x"}

    response = client.post(SEARCH, environ_overrides=announced)

    assert response.status_code == 413
    assert document(response)["code"] == "too-large"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.uuids().map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
BODY = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("image", "positive", "negative", "weights", "strategy", "limit", "offset"), JSON)
)


@pytest.fixture
def warm_client(client: FlaskClient):
    """A client whose pool is open: opening it draws random numbers, which Hypothesis takes for the test's own."""
    client.get("/readyz")
    return client


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=BODY)
def test_no_body_is_a_server_error(warm_client: FlaskClient, body: dict[str, Any]) -> None:
    response = warm_client.post(SEARCH, json=body)

    assert response.status_code in {200, 400, 404}


@pytest.mark.parametrize("part", ["image", "positive", "negative"])
@pytest.mark.parametrize("place", ["closed", "shared", "nowhere"])
def test_images_that_are_not_public_do_not_exist(world: World, client: FlaskClient, part: str, place: str) -> None:
    hidden = UUID(int=1) if place == "nowhere" else world.image(94, getattr(world, place)).pk
    seen = str(world.image(0).pk)
    body = {"image": str(hidden)} if part == "image" else {"image": seen, part: [str(hidden)]}

    response = client.post(SEARCH, json=body)

    assert response.status_code == 404
    assert document(response)["detail"] == f"There is no image {hidden} in this collection."


@pytest.mark.parametrize("slug", ["closed", "shared", "nowhere"])
def test_collections_that_are_not_public_cannot_be_searched(world: World, client: FlaskClient, slug: str) -> None:
    response = client.post(f"/v1/collections/{slug}/search", json={"image": str(world.image(0).pk)})

    assert response.status_code == 404
    assert document(response)["detail"] == f"There is no public collection “{slug}”."


def test_upload_to_a_heavy_extractor_needs_the_service(world: World, client: FlaskClient) -> None:
    deep = registry.installed()["mobilenet-v2"]

    def fill() -> Collection:
        collection = make_collection(world.owner, slug="deep", visibility=Visibility.PUBLIC)
        space, _ = FeatureSpace.objects.get_or_create(
            extractor="mobilenet-v2", version=deep.version, dimension=deep.dimension, distance=deep.distance
        )
        CollectionSpace.objects.create(collection=collection, space=space, state=SpaceState.SERVING)
        return collection

    collection = world.commit(fill)

    response = client.post("/v1/collections/deep/search", data={"file": (BytesIO(picture(1)), "query.png")})

    assert (response.status_code, document(response)["code"]) == (503, "unavailable")
    assert "extraction service" in document(response)["detail"]
    world.commit(collection.delete)


def test_collection_without_features_says_so(world: World, client: FlaskClient) -> None:
    response = client.post("/v1/collections/fresh/search", json={"image": str(world.image(0).pk)})

    assert (response.status_code, document(response)["code"]) == (503, "not-indexed")
    assert response.headers["Retry-After"] == "5"
