"""People in every role around one collection, signed in at the dashboard."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.test import Client

from semblance.accounts.models import User
from semblance.indexing.domain.jobs import request_indexing
from semblance.library.domain.members import add_member
from semblance.library.enums import Role
from semblance.library.models import Collection, Image
from tests.factories import Work, make_collection, make_image, make_user


@dataclass(frozen=True)
class World:
    """A shared collection with four searchable pictures and somebody in every role."""

    collection: Collection
    images: list[Image]
    people: dict[str, User]


@pytest.fixture
def world(run_jobs: Work) -> World:
    people = {name: make_user(name) for name in ("owner", "editor", "annotator", "viewer", "stranger")}
    collection = make_collection(owner=people["owner"], name="Colors")
    images = [make_image(collection, seed=n, hue=60 * n, label="warm" if n < 2 else "cold") for n in range(4)]
    for name in ("editor", "annotator", "viewer"):
        add_member(collection=collection, username=name, role=Role.named(name))
    request_indexing(collection=collection, user=people["owner"])
    run_jobs()
    return World(collection, images, people)


@pytest.fixture
def as_(world: World) -> Callable[[str], Client]:
    """Return a client that is signed in as somebody of the world."""

    def signed_in(name: str) -> Client:
        client = Client()
        client.force_login(world.people[name])
        return client

    return signed_in
