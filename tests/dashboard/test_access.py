"""Every address of the dashboard, asked for by everybody: what one may not see is not there."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, reverse

from semblance.accounts.domain.keys import create_api_key
from semblance.dashboard.urls import urlpatterns
from semblance.search.domain.evaluation import request_evaluation
from semblance.search.domain.searches import create_search
from tests.dashboard.conftest import World

PEOPLE = ("owner", "editor", "annotator", "viewer", "stranger")
EVERYBODY = dict.fromkeys(PEOPLE, 200)


def reach(*, viewer: int = 200, annotator: int = 200, editor: int = 200, owner: int = 200) -> dict[str, int]:
    return {"owner": owner, "editor": editor, "annotator": annotator, "viewer": viewer, "stranger": 404}


LOOK = reach()
ANNOTATE = reach(viewer=403)
EDIT = reach(viewer=403, annotator=403)
OWN = reach(viewer=403, annotator=403, editor=403)
MINE = {"owner": 200, "editor": 404, "annotator": 404, "viewer": 404, "stranger": 404}
JOBS = reach(viewer=404, annotator=404)

PAGES = {
    "home": EVERYBODY,
    "collection-new": EVERYBODY,
    "collection": LOOK,
    "collection-settings": OWN,
    "collection-delete": OWN,
    "upload": EDIT,
    "progress": LOOK,
    "members": OWN,
    "evaluations": LOOK,
    "evaluation": LOOK,
    "image": LOOK,
    "neighbours": LOOK,
    "image-delete": EDIT,
    "thumbnail": LOOK,
    "preview": LOOK,
    "original": LOOK,
    "searches": EVERYBODY,
    "search-new": EVERYBODY,
    "search": MINE,
    "query-picture": MINE,
    "round": MINE,
    "explanation": MINE,
    "jobs": EVERYBODY,
    "job": JOBS,
    "account": EVERYBODY,
}
"""Who gets what from GET."""

ACTIONS = {
    "collection-new": EVERYBODY,
    "collection-settings": OWN,
    "collection-delete": OWN,
    "reindex": EDIT,
    "retry-failed": EDIT,
    "selection": EDIT,
    "upload": EDIT,
    "members": OWN,
    "member": OWN,
    "evaluations": EDIT,
    "image": ANNOTATE,
    "image-delete": EDIT,
    "search-new": EVERYBODY,
    "similar": LOOK,
    "search-again": MINE,
    "search-delete": MINE,
    "vote": MINE,
    "refine": MINE,
    "branch": MINE,
    "job-cancel": JOBS,
    "account": EVERYBODY,
    "key-revoke": MINE,
}
"""Who gets what from POST; 200 stands for whatever an allowed request comes to."""


@pytest.fixture
def addresses(world: World) -> Callable[[str], str]:
    owner = world.people["owner"]
    with world.images[0].original.open("rb") as file:
        picture = file.read()
    search = create_search(user=owner, collections=[world.collection.pk], file=picture)
    evaluation = request_evaluation(collection=world.collection, user=owner, parameters={})
    known = {
        "collection": world.collection.pk,
        "image": world.images[0].pk,
        "search": search.pk,
        "number": 0,
        "evaluation": evaluation.pk,
        "job": world.collection.jobs.earliest("created").pk,
        "member": world.collection.memberships.get(user=world.people["viewer"]).pk,
        "key": create_api_key(user=owner, name="program")[0].pk,
    }

    def address(name: str) -> str:
        pattern = next(p for p in urlpatterns if p.name == name)
        wanted = pattern.pattern.converters
        return reverse(f"dashboard:{name}", kwargs={key: known[key] for key in wanted})

    return address


def test_every_address_has_its_row() -> None:
    names = {pattern.name for pattern in urlpatterns if isinstance(pattern, URLPattern)}

    assert PAGES.keys() | ACTIONS.keys() == names


def test_every_row_is_a_method_the_view_has() -> None:
    for pattern in urlpatterns:
        view = pattern.callback.view_class  # type: ignore[attr-defined]
        methods = {method for method in ("get", "post") if hasattr(view, method)}
        rows = {m for m, table in (("get", PAGES), ("post", ACTIONS)) if pattern.name in table}

        assert rows == methods, pattern.name


def status(response: Any) -> int:
    """Return the status of an answer, and read a file it may stream to its end, which closes it."""
    if response.streaming:
        list(response.streaming_content)
    return int(response.status_code)


def undone(client: Client, address: str, body: dict[str, str]) -> int:
    """Post, and take back what that did, so that the next person meets the same world."""
    with transaction.atomic():
        found = status(client.post(address, body))
        transaction.set_rollback(True)
    return found


@pytest.mark.django_db
def test_pages_answer_each_person_by_role(as_: Callable[[str], Client], addresses: Callable[[str], str]) -> None:
    found = {name: {who: status(as_(who).get(addresses(name))) for who in PEOPLE} for name in PAGES}

    assert found == PAGES


@pytest.mark.django_db
@pytest.mark.parametrize("name", ACTIONS)
def test_actions_answer_each_person_by_role(
    name: str, as_: Callable[[str], Client], addresses: Callable[[str], str], world: World
) -> None:
    body = {"image": str(world.images[0].pk)}
    address = addresses(name)

    found = {who: undone(as_(who), address, body) for who in PEOPLE}

    refused = {who: status for who, status in found.items() if status in {403, 404}}
    assert refused == {who: status for who, status in ACTIONS[name].items() if status in {403, 404}}
    assert all(status < 500 for status in found.values())


@pytest.mark.django_db
def test_strangers_to_the_site_are_sent_to_sign_in(client: Client, addresses: Callable[[str], str]) -> None:
    for name in {*PAGES, *ACTIONS}:
        method = client.get if name in PAGES else client.post
        response = method(addresses(name))

        assert (response.status_code, response.headers["Location"].split("?")[0]) == (302, "/accounts/login/"), name


@pytest.mark.django_db
def test_what_is_not_there_and_what_is_not_shared_look_alike(as_: Callable[[str], Client], world: World) -> None:
    stranger = as_("stranger")

    hidden = stranger.get(reverse("dashboard:image", args=[world.images[0].pk]))
    missing = stranger.get(reverse("dashboard:image", args=[uuid4()]))

    assert (hidden.status_code, missing.status_code) == (404, 404)
    assert hidden.content == missing.content


@pytest.mark.django_db
def test_refusal_names_the_role_and_whom_to_ask(as_: Callable[[str], Client], world: World) -> None:
    response = as_("viewer").get(reverse("dashboard:upload", args=[world.collection.pk]))

    assert "this needs the role of editor: ask owner, who owns it" in response.content.decode()
