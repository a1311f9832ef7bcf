"""The gateway and the REST API give the same ids in the same order, asked as their callers ask them."""

from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from rest_framework.test import APIClient

from tests.factories import picture
from tests.gateway.world import World, document

SEARCH = "/v1/collections/flowers/search"
pytestmark = pytest.mark.django_db


@pytest.fixture
def rest(world: World) -> APIClient:
    client = APIClient()
    client.force_authenticate(world.owner)
    return client


def places(answer: Any) -> list[tuple[str, float]]:
    return [(result["image"]["id"], result["score"]) for result in answer["results"]]


def test_search_by_image_agrees(world: World, client: FlaskClient, rest: APIClient) -> None:
    query = {"image": str(world.image(94).pk), "limit": 5}

    asked = rest.post("/api/v1/searches/", {**query, "collections": [str(world.flowers.pk)]}, format="json").json()

    assert places(document(client.post(SEARCH, json=query))) == places(asked)
    assert len(asked["results"]) == 5


def test_search_by_upload_agrees(world: World, client: FlaskClient, rest: APIClient) -> None:
    data = picture(77, hue=92)
    upload = BytesIO(data)
    upload.name = "query.png"

    asked = rest.post("/api/v1/searches/", {"file": upload, "collections": [str(world.flowers.pk)]}, format="multipart")

    assert places(document(client.post(SEARCH, data={"file": (BytesIO(data), "query.png")}))) == places(asked.json())


def test_feedback_agrees(world: World, client: FlaskClient, rest: APIClient) -> None:
    image, liked, disliked = (str(world.image(hue).pk) for hue in (94, 180, 90))
    body = {"image": image, "collections": [str(world.flowers.pk)], "weights": {"color-histogram": 2}}
    search = rest.post("/api/v1/searches/", body, format="json").json()["id"]
    votes = [{"image": liked, "value": 1}, {"image": disliked, "value": -1}]
    rest.put(f"/api/v1/searches/{search}/votes/", votes, format="json")

    refined = rest.post(f"/api/v1/searches/{search}/refine/", {}, format="json").json()

    question = {"image": image, "positive": [liked], "negative": [disliked], "weights": {"color-histogram": 2}}
    assert places(document(client.post(SEARCH, json=question))) == places(refined)
