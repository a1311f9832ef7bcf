"""Somebody who may do everything in the admin, and a collection with a past."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.test import Client

from semblance.accounts.models import User
from semblance.indexing.domain.jobs import request_indexing
from semblance.library.models import Collection, Image
from semblance.search.domain.searches import create_search, refine
from semblance.search.domain.votes import cast_votes
from semblance.search.models import Search
from tests.factories import Work, make_collection, make_image, make_user


@pytest.fixture
def superuser(db: None) -> User:
    return make_user("root", is_staff=True, is_superuser=True)


@pytest.fixture
def root(superuser: User) -> Client:
    """A superuser's browser."""
    client = Client()
    client.force_login(superuser)
    return client


@dataclass
class World:
    """A person's collection of three pictures, indexed, searched, voted on and refined."""

    owner: User
    collection: Collection
    images: list[Image]
    search: Search


@pytest.fixture
def make_world(db: None, run_jobs: Work) -> Callable[[], World]:
    def make() -> World:
        owner = make_user()
        collection = make_collection(owner)
        images = [make_image(collection) for _ in range(3)]
        request_indexing(collection=collection, user=owner)
        run_jobs()
        search = create_search(user=owner, collections=[collection.pk], image=images[0].pk)
        cast_votes(search=search, user=owner, votes={images[1].pk: 1, images[2].pk: -0.5})
        refine(search=search)
        return World(owner, collection, images, search)

    return make


@pytest.fixture
def world(make_world: Callable[[], World]) -> World:
    return make_world()
