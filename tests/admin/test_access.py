"""Who gets into the admin."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from semblance.accounts.domain.keys import create_api_key
from semblance.accounts.models import ApiKey, User
from semblance.indexing.models import FeatureSpace, Job
from semblance.library.domain.collections import update_collection
from semblance.library.models import Collection, Image, Membership
from semblance.search.domain.evaluation.requests import request_evaluation
from semblance.search.domain.publishing import publish_search
from semblance.search.models import Evaluation, PublishedQuery, Round, Search, Vote
from tests.admin.conftest import World
from tests.admin.pages import address
from tests.factories import make_user

pytestmark = pytest.mark.django_db
MODELS: list[type[Model]] = [
    ApiKey, Collection, Evaluation, FeatureSpace, Group, Image, Job, Membership, PublishedQuery, Round, Search, User,
    Vote,
]  # fmt: skip
LOGIN = "/accounts/login/"


@pytest.fixture
def furnished(world: World) -> World:
    return furnish(world)


def furnish(world: World) -> World:
    """Make one row at least of every model that the admin shows."""
    update_collection(collection=world.collection, visibility="public")
    Image.objects.filter(collection=world.collection).update(label="ship")
    publish_search(search=world.search)
    request_evaluation(collection=world.collection, user=world.owner, parameters={})
    create_api_key(user=world.owner, name="key")
    Group.objects.create(name=f"curators of {world.collection}")
    FeatureSpace.objects.create(extractor=f"of {world.collection}", version="1", dimension=2, distance="cosine")
    return world


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_admin_shows_what_is_listed_here_and_nothing_else() -> None:
    assert set(admin.site._registry) == set(MODELS)


def test_superuser_sees_every_list_and_every_page(root: Client, furnished: World, subtests: pytest.Subtests) -> None:
    for model in MODELS:
        key = _some(model).pk
        with subtests.test(model=model.__name__):
            assert root.get(address(model, "changelist")).status_code == 200
            assert root.get(address(model, "changelist"), {"q": "ship"}).status_code == 200
            assert root.get(address(model, "change", key)).status_code == 200
            assert root.get(address(model, "history", key)).status_code == 200


def test_staff_without_rights_sees_no_list_and_no_page(furnished: World, subtests: pytest.Subtests) -> None:
    staff = signed_in(make_user(is_staff=True))

    for model in MODELS:
        key = _some(model).pk
        for page, args in (("changelist", ()), ("add", ()), ("change", (key,)), ("delete", (key,))):
            with subtests.test(model=model.__name__, page=page):
                assert staff.get(address(model, page, *args)).status_code == 403


def test_ordinary_people_are_turned_away_everywhere(furnished: World, subtests: pytest.Subtests) -> None:
    anna = signed_in(make_user())

    for model in MODELS:
        for page, args in (("changelist", ()), ("change", (_some(model).pk,))):
            with subtests.test(model=model.__name__, page=page):
                assert anna.get(address(model, page, *args), follow=True).status_code == 403


def test_strangers_are_sent_to_the_one_login_and_back(client: Client, superuser: User) -> None:
    page = client.get(reverse("admin:library_collection_changelist"), follow=True)
    answer = client.post(page.redirect_chain[-1][0], {"login": "root", "password": "root", "next": "/admin/"})

    assert page.redirect_chain[-1][0].startswith(LOGIN)
    assert answer["Location"] == "/admin/"


def test_admin_login_tries_no_password_itself(client: Client, superuser: User) -> None:
    answer = client.post(reverse("admin:login"), {"username": "root", "password": "root"})

    assert answer["Location"].startswith(LOGIN)
    assert "_auth_user_id" not in client.session


def test_admin_password_page_is_the_ordinary_one(root: Client) -> None:
    assert root.get(reverse("admin:password_change"))["Location"] == "/accounts/password/change/"


def test_admin_logout_leads_to_the_login(root: Client) -> None:
    assert root.post(reverse("admin:logout"))["Location"] == LOGIN


def test_staff_sees_only_what_they_have_the_right_to(world: World) -> None:
    user = make_user(is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_collection"))
    staff = signed_in(user)

    page = staff.get(reverse("admin:index")).content.decode()

    assert reverse("admin:library_collection_changelist") in page
    assert reverse("admin:library_image_changelist") not in page
    assert staff.get(address(Collection, "change", world.collection.pk)).status_code == 200
    assert staff.post(address(Collection, "change", world.collection.pk), {"name": "Mine"}).status_code == 403


@pytest.mark.parametrize(("model", "action"), [(Collection, "publish"), (Image, "reindex"), (User, "deactivate")])
def test_staff_who_may_only_look_runs_no_action(world: World, model: type[Model], action: str) -> None:
    user = make_user(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    staff, row = signed_in(user), model._default_manager.earliest("pk")

    staff.post(address(model, "changelist"), {"action": action, "_selected_action": [row.pk]})

    world.collection.refresh_from_db()
    assert world.collection.visibility == "private"
    assert not Image.objects.filter(state="pending").exists()
    assert not User.objects.filter(is_active=False).exists()


def test_thumbnails_are_for_those_who_may_see_images(root: Client, world: World) -> None:
    place = reverse("admin:library_image_thumbnail", args=[world.images[0].pk])

    answer: Any = root.get(place)

    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert b"".join(answer.streaming_content)[:3] == b"\xff\xd8\xff"
    assert signed_in(make_user(is_staff=True)).get(place).status_code == 403
    assert signed_in(world.owner).get(place).status_code == 302
    assert Client().get(place).status_code == 302


def test_thumbnail_that_is_gone_answers_404(root: Client, world: World) -> None:
    world.images[0].thumbnail.storage.delete(str(world.images[0].thumbnail.name))

    assert root.get(reverse("admin:library_image_thumbnail", args=[world.images[0].pk])).status_code == 404


@pytest.mark.parametrize("model", [Image, Vote])
def test_export_is_for_those_who_may_see_the_rows(furnished: World, model: type[Model]) -> None:
    user = make_user(is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_user"))

    assert signed_in(user).get(address(model, "export")).status_code == 403


def test_lists_take_as_many_queries_for_three_rows_as_for_one(
    root: Client, furnished: World, make_world: Callable[[], World], subtests: pytest.Subtests
) -> None:
    before = {model: _queries(root, model) for model in MODELS}
    for _ in range(2):
        furnish(make_world())

    for model in MODELS:
        with subtests.test(model=model.__name__):
            assert model._default_manager.count() >= 3
            assert _queries(root, model) == before[model]


def _queries(client: Client, model: type[Model]) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address(model, "changelist")).status_code == 200
    return len(captured)


def _some(model: type[Model]) -> Model:
    row = model._default_manager.first()
    assert row is not None
    return row
