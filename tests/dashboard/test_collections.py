"""Making, narrowing, changing and deleting collections."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from semblance.indexing.models import Job
from semblance.library.enums import ImageState
from semblance.library.models import Collection, Image, Membership
from tests.dashboard.conftest import World
from tests.factories import make_collection, make_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(as_: Callable[[str], Client]) -> Client:
    return as_("owner")


def shown(client: Client, world: World, **narrowed: str) -> set[str]:
    page = client.get(reverse("dashboard:collection", args=[world.collection.pk]), narrowed)
    return {image.filename for image in page.context["page"].images}


def test_new_collection_leads_to_its_upload(owner: Client) -> None:
    response = owner.post(reverse("dashboard:collection-new"), {"name": "Slides", "description": "of 1975"})

    made = Collection.objects.get(name="Slides")
    assert response.headers["Location"] == reverse("dashboard:upload", args=[made.pk])
    assert (made.owner.username, made.description, made.visibility) == ("owner", "of 1975", "private")


def test_collection_without_a_name_is_refused_beside_the_field(owner: Client) -> None:
    response = owner.post(reverse("dashboard:collection-new"), {"name": "  "})

    assert response.status_code == 422
    assert response.context["form"].errors == {"name": ["This field is required."]}


def test_grid_is_narrowed_by_label_tag_state_and_text(owner: Client, world: World) -> None:
    first, second, third, fourth = world.images
    Image.objects.filter(pk=second.pk).update(tags=["seen"])
    Image.objects.filter(pk=third.pk).update(state=ImageState.FAILED)

    assert shown(owner, world) == {image.filename for image in world.images}
    assert shown(owner, world, label="warm") == {first.filename, second.filename}
    assert shown(owner, world, tag="seen") == {second.filename}
    assert shown(owner, world, state="failed") == {third.filename}
    assert shown(owner, world, q=fourth.filename) == {fourth.filename}
    assert shown(owner, world, label="cold", state="failed") == {third.filename}


def test_grid_ignores_what_makes_no_sense(owner: Client, world: World) -> None:
    assert shown(owner, world, state="purple", after="yesterday") == {image.filename for image in world.images}


def test_settings_change_what_they_show(owner: Client, world: World) -> None:
    response = owner.post(
        reverse("dashboard:collection-settings", args=[world.collection.pk]),
        {"name": "Hues", "slug": "hues", "visibility": "public", "use-color-histogram": "on", "use-vgg16": "on"},
    )

    world.collection.refresh_from_db()
    assert response.status_code == 302
    assert (world.collection.name, world.collection.slug, world.collection.visibility) == ("Hues", "hues", "public")
    assert world.collection.extractors == {"color-histogram": 1.0, "vgg16": 1.0}
    assert Job.objects.filter(state="queued").count() == 1


def test_settings_keep_extractors_that_are_not_installed_now(owner: Client, world: World) -> None:
    world.collection.extractors = {"color-histogram": 0.5, "of-a-plugin": 2.0}
    world.collection.save()

    response = owner.post(
        reverse("dashboard:collection-settings", args=[world.collection.pk]),
        {"name": "Hues", "slug": "hues", "visibility": "shared", "use-color-histogram": "on"},
    )

    world.collection.refresh_from_db()
    assert response.status_code == 302
    assert world.collection.extractors == {"color-histogram": 0.5, "of-a-plugin": 2.0}


def test_settings_without_any_extractor_are_refused(owner: Client, world: World) -> None:
    response = owner.post(
        reverse("dashboard:collection-settings", args=[world.collection.pk]),
        {"name": "Hues", "slug": "hues", "visibility": "private"},
    )

    assert response.status_code == 422
    assert "Give at least one extractor" in response.content.decode()


def test_collection_is_deleted_only_by_its_name(owner: Client, world: World) -> None:
    address = reverse("dashboard:collection-delete", args=[world.collection.pk])

    refused = owner.post(address, {"name": "Colour"})
    still_there = Collection.objects.count()
    owner.post(address, {"name": "Colors"})

    assert (refused.status_code, still_there, Collection.objects.count()) == (422, 1, 0)


def test_retry_gives_what_was_set_aside_another_chance(owner: Client, world: World) -> None:
    world.collection.images.update(state=ImageState.FAILED, error="no")

    response = owner.post(reverse("dashboard:retry-failed", args=[world.collection.pk]))

    job = Job.objects.get(state="queued")
    assert response.headers["Location"] == reverse("dashboard:job", args=[job.pk])
    assert set(world.collection.images.values_list("state", flat=True)) == {ImageState.PENDING}


def test_member_is_let_in_changed_and_shown_out(owner: Client, world: World) -> None:
    members = reverse("dashboard:members", args=[world.collection.pk])

    owner.post(members, {"username": "stranger", "role": "editor"})
    member = Membership.objects.get(user__username="stranger")
    let_in = member.role
    owner.post(reverse("dashboard:member", args=[world.collection.pk, member.pk]), {"role": "viewer"})
    member.refresh_from_db()
    owner.post(reverse("dashboard:member", args=[world.collection.pk, member.pk]), {"role": "none"})

    assert (let_in, member.role) == (30, 10)
    assert not Membership.objects.filter(pk=member.pk).exists()


def test_unknown_member_is_refused_beside_the_field(owner: Client, world: World) -> None:
    response = owner.post(
        reverse("dashboard:members", args=[world.collection.pk]), {"username": "nobody", "role": "viewer"}
    )

    assert response.status_code == 422
    assert response.context["form"].errors == {"username": ["Nobody here is called “nobody”; check the spelling."]}


def test_home_sorts_collections_by_how_one_came_to_them(as_: Callable[[str], Client], world: World) -> None:
    world.collection.visibility = "public"
    world.collection.save()

    pages = {who: as_(who).get(reverse("dashboard:home")).context for who in ("owner", "viewer", "stranger")}

    found = {who: [part for part in ("mine", "shared", "public") if page[part]] for who, page in pages.items()}
    assert found == {"owner": ["mine"], "viewer": ["shared"], "stranger": ["public"]}


def test_home_shows_public_collections_by_pages(
    as_: Callable[[str], Client], world: World, django_assert_max_num_queries: Any
) -> None:
    made = [make_collection(owner=world.people["owner"], name=f"Open {n}", visibility="public") for n in range(14)]
    client = as_("stranger")

    with django_assert_max_num_queries(7):
        first = client.get(reverse("dashboard:home"))
    second = client.get(reverse("dashboard:home"), {"public": "2"})
    beyond = client.get(reverse("dashboard:home"), {"public": "-1"})

    newest = [collection.name for collection in reversed(made)]
    assert [collection.name for collection in first.context["public"]] == newest[:12]
    assert [collection.name for collection in second.context["public"]] == newest[12:]
    assert [collection.name for collection in beyond.context["public"]] == newest[:12]
    assert ("?public=2#public" in first.content.decode(), "?public=1#public" in second.content.decode()) == (True, True)


def test_first_covers_of_home_load_at_once(as_: Callable[[str], Client], world: World) -> None:
    for _ in range(6):
        make_image(make_collection(owner=world.people["owner"]))

    page = as_("owner").get(reverse("dashboard:home")).content.decode()

    covers = re.findall(r'<div class="cover">(.*?)</div>', page, re.DOTALL)
    assert ["lazy" in cover for cover in covers] == [False] * 6 + [True]


def test_empty_home_shows_three_ways_to_start(as_: Callable[[str], Client]) -> None:
    page = as_("stranger").get(reverse("dashboard:home")).content.decode()

    assert all(way in page for way in ("Drop a folder", "Try the demo", "Connect a program"))
