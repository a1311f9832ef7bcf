"""Who gets what from every route: a route or verb that is not in the table fails."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse

from semblance.accounts.domain.keys import create_api_key
from semblance.api.urls import urlpatterns
from semblance.indexing.domain.jobs import request_indexing
from semblance.library.enums import Visibility
from semblance.search.domain.evaluation import request_evaluation
from semblance.search.domain.publishing import publish_search
from semblance.search.domain.searches import create_search
from tests.api.conftest import World, client_of
from tests.factories import picture

pytestmark = pytest.mark.django_db
VERBS = ("get", "post", "put", "patch", "delete")
CALLERS = ("owner", "editor", "annotator", "viewer", "stranger", "visitor", "anonymous")
"""A visitor is the stranger once the collection is public."""

ANYBODY = (200, 200, 200, 200, 200, 200, 200)
SIGNED_IN = (200, 200, 200, 200, 200, 200, 401)
LOOK = (200, 200, 200, 200, 404, 200, 401)
MINE = (200, 404, 404, 404, 404, 404, 401)
TABLE = {
    ("token", "post"): ANYBODY,
    ("token", "delete"): (204, 204, 204, 204, 204, 204, 401),
    ("me", "get"): SIGNED_IN,
    ("api-keys", "post"): (201, 201, 201, 201, 201, 201, 401),
    ("api-key", "delete"): (204, 404, 404, 404, 404, 404, 401),
    ("info", "get"): SIGNED_IN,
    ("extractors", "get"): SIGNED_IN,
    ("collections", "get"): SIGNED_IN,
    ("collections", "post"): (201, 201, 201, 201, 201, 201, 401),
    ("collection", "get"): LOOK,
    ("collection", "patch"): (200, 403, 403, 403, 404, 403, 401),
    ("collection", "delete"): (204, 403, 403, 403, 404, 403, 401),
    ("members", "get"): (200, 403, 403, 403, 404, 403, 401),
    ("members", "post"): (201, 403, 403, 403, 404, 403, 401),
    ("member", "patch"): (200, 403, 403, 403, 404, 403, 401),
    ("member", "delete"): (204, 403, 403, 403, 404, 403, 401),
    ("images", "get"): LOOK,
    ("images", "post"): (202, 202, 403, 403, 404, 403, 401),
    ("image", "get"): LOOK,
    ("image", "patch"): (200, 200, 200, 403, 404, 403, 401),
    ("image", "delete"): (204, 204, 403, 403, 404, 403, 401),
    ("image-file", "get"): LOOK,
    ("image-thumbnail", "get"): LOOK,
    ("jobs", "get"): (200, 200, 403, 403, 404, 403, 401),
    ("jobs", "post"): (202, 202, 403, 403, 404, 403, 401),
    ("job", "get"): (200, 200, 404, 404, 404, 404, 401),
    ("job", "delete"): (204, 204, 404, 404, 404, 404, 401),
    ("evaluations", "get"): LOOK,
    ("evaluations", "post"): (202, 202, 403, 403, 404, 403, 401),
    ("evaluation", "get"): LOOK,
    ("searches", "get"): SIGNED_IN,
    ("searches", "post"): (201, 201, 201, 201, 404, 201, 401),
    ("search", "get"): MINE,
    ("search", "delete"): (204, 404, 404, 404, 404, 404, 401),
    ("votes", "put"): MINE,
    ("refine", "post"): (201, 404, 404, 404, 404, 404, 401),
    ("round", "get"): MINE,
    ("branch", "post"): (201, 404, 404, 404, 404, 404, 401),
    ("publish", "post"): (409, 404, 404, 404, 404, 404, 401),
    ("publish", "delete"): (204, 404, 404, 404, 404, 404, 401),
    ("schema", "get"): ANYBODY,
    ("docs", "get"): ANYBODY,
}


def routes() -> list[tuple[str, str]]:
    """Return every route of the URL configuration with every verb its view answers."""
    views = {pattern.name: getattr(pattern.callback, "cls", None) for pattern in urlpatterns}
    return [(str(name), verb) for name, view in views.items() if view for verb in VERBS if hasattr(view, verb)]


@pytest.fixture
def places(world: World) -> dict[str, Any]:
    """Return ids for the parameters of routes; the search and the key are the owner's."""
    owner = world.people["owner"]
    search = create_search(user=owner, collections=[world.collection.pk], image=world.images[0].pk)
    world.collection.visibility = Visibility.PUBLIC
    world.collection.save()
    publish_search(search=search)
    world.collection.visibility = Visibility.SHARED
    world.collection.save()
    return {
        "key": create_api_key(user=owner, name="mine")[0].pk,
        "collection": world.collection.pk,
        "member": world.collection.memberships.get(user=world.people["viewer"]).pk,
        "image": world.images[0].pk,
        "job": request_indexing(collection=world.collection, user=owner).pk,
        "evaluation": request_evaluation(collection=world.collection, user=owner, parameters={}).pk,
        "search": search.pk,
        "number": 0,
    }


def body(world: World, route: str, verb: str) -> dict[str, Any]:
    """Return what makes a request that only the caller's rights can fail."""
    contents: dict[tuple[str, str], Any] = {
        ("token", "post"): {"username": "viewer", "password": "viewer"},
        ("api-keys", "post"): {"name": "script"},
        ("collections", "post"): {"name": "New", "extractors": [{"name": "color-histogram"}]},
        ("collection", "patch"): {"name": "Renamed"},
        ("members", "post"): {"username": "stranger", "role": "viewer"},
        ("member", "patch"): {"role": "editor"},
        ("image", "patch"): {"label": "other"},
        ("searches", "post"): {"collections": [str(world.collection.pk)], "image": str(world.images[0].pk)},
        ("votes", "put"): [{"image": str(world.images[1].pk), "value": 1}],
    }
    content: dict[str, Any] = contents.get((route, verb), {})
    return content


def ask(world: World, places: dict[str, Any], caller: str, route: str, verb: str) -> int:
    """Ask as somebody, undo what it did, and return the status."""
    pattern = next(pattern for pattern in urlpatterns if pattern.name == route)
    address = reverse(f"api:{route}", kwargs={name: places[name] for name in pattern.pattern.converters})
    with transaction.atomic():
        if caller == "visitor":
            type(world.collection).objects.filter(pk=world.collection.pk).update(visibility=Visibility.PUBLIC)
        client = client_of(world.people.get("stranger" if caller == "visitor" else caller))
        if (route, verb) == ("images", "post"):
            response: Any = client.post(address, {"file": SimpleUploadedFile("a.png", picture(99))}, format="multipart")
        else:
            response = getattr(client, verb)(address, body(world, route, verb) or None)
        if response.streaming:
            b"".join(response.streaming_content)  # what is not read to its end is not closed
        transaction.set_rollback(True)
    return int(response.status_code)


@pytest.mark.parametrize(("route", "verb"), routes())
def test_route_answers_each_caller_as_the_table_says(world, places, route, verb):
    expected = TABLE[route, verb]

    found = tuple(ask(world, places, caller, route, verb) for caller in CALLERS)

    assert dict(zip(CALLERS, found, strict=True)) == dict(zip(CALLERS, expected, strict=True))


def test_table_names_no_route_that_is_gone():
    assert sorted(TABLE) == sorted(routes())
