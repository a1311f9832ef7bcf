"""Every example of docs/gateway.md works, and every address has one."""

import json
import re
import shlex
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient

from flask_gateway.schemas import Question
from semblance.search.domain.publishing import publish_search
from semblance.search.domain.searches import create_search
from semblance.settings import env
from tests.factories import picture
from tests.gateway.world import World, document

pytestmark = pytest.mark.django_db
ORIGIN = "http://127.0.0.1:8001"
TEXT = (env.PROJECT_DIR / "docs" / "gateway.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^curl .*$", TEXT, re.MULTILINE)


@pytest.fixture
def names(world: World) -> Iterator[dict[str, str]]:
    """What the words in capitals stand for."""
    published = world.commit(
        lambda: publish_search(
            search=create_search(user=world.owner, collections=[world.flowers.pk], file=picture(1, hue=90))
        )
    )
    yield {
        "DISLIKED": str(world.image(180).pk),
        "LIKED": str(world.image(90).pk),
        "IMAGE": str(world.image(94).pk),
        "KEY": published.key,
        "SECRET": world.secret,
    }
    world.commit(published.search.delete)


def request_of(command: str) -> tuple[str, dict[str, Any]]:
    """Read the few options of curl that the examples use."""
    words = iter(shlex.split(command)[1:])
    address, form, options = "", {}, {}
    for word in words:
        if word == "--json":
            options["json"] = json.loads(next(words))
        elif word == "-F":
            name, _, value = next(words).partition("=")
            form[name] = (BytesIO(picture(1)), value[1:]) if value.startswith("@") else value
        elif word == "-H":
            name, _, value = next(words).partition(": ")
            options["headers"] = {name: value}
        elif word == "-o":
            next(words)
        else:
            address = word.removeprefix(ORIGIN)
    return address, options | ({"data": form} if form else {})


@pytest.mark.parametrize("command", EXAMPLES)
def test_example_works(client: FlaskClient, names: dict[str, str], command: str) -> None:
    for word, value in names.items():
        command = re.sub(rf"\b{word}\b", value, command)
    address, options = request_of(command)

    response = client.open(address, method="POST" if {"json", "data"} & options.keys() else "GET", **options)

    assert response.status_code == 200, response.text


def test_every_address_has_an_example(client: FlaskClient) -> None:
    asked = {request_of(command)[0].partition("?")[0] for command in EXAMPLES}
    shown = {"slug": "flowers", "image_id": "IMAGE", "key": "KEY"}

    assert {path.format(**shown) for path in document(client.get("/v1/openapi.json"))["paths"]} == asked


def test_every_field_of_a_search_is_explained() -> None:
    rows = re.findall(r"^\| (`[^|]*) \|", TEXT, re.MULTILINE)

    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == {*Question.model_fields, "file"}
