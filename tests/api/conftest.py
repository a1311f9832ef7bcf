"""Clients that speak as somebody, and a small world to speak about."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from semblance.accounts.domain.tokens import issue_token
from semblance.accounts.models import User
from semblance.indexing.domain.jobs import request_indexing
from semblance.library.domain.members import add_member
from semblance.library.enums import Role
from semblance.library.models import Collection, Image
from tests.api.conformance import ConformingClient
from tests.factories import make_collection, make_image, make_user

V1 = "/api/v1"


@dataclass
class World:
    """A shared collection with somebody in every role."""

    collection: Collection
    images: list[Image]
    people: dict[str, User]


def client_of(user: User | None) -> ConformingClient:
    """Return a client that sends the user's token."""
    client = ConformingClient(raise_request_exception=False)
    if user is not None:
        client.credentials(HTTP_AUTHORIZATION=f"Token {issue_token(user=user)}")
    return client


@pytest.fixture
def world(run_jobs: Callable[[], int]) -> World:
    """Four indexed images, two labels, and one member in each role."""
    people = {name: make_user(username=name) for name in ("owner", "editor", "annotator", "viewer", "stranger")}
    collection = make_collection(people["owner"], name="Shared")
    for name in ("editor", "annotator", "viewer"):
        add_member(collection=collection, username=name, role=Role.named(name))
    images = [
        make_image(collection, seed=hue, hue=hue, label="warm" if hue < 90 else "cold") for hue in (0, 8, 160, 168)
    ]
    request_indexing(collection=collection, user=people["owner"])
    run_jobs()
    return World(collection, images, people)


@pytest.fixture
def owner(world: World) -> ConformingClient:
    """Return a client of the collection's owner."""
    return client_of(world.people["owner"])
