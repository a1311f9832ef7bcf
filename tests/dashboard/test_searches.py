"""Asking, voting, refining, going back and branching through pages."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from semblance.common.images import DEFAULT_LIMITS
from semblance.dashboard.history import recent_searches
from semblance.search.domain.searches import create_search
from semblance.search.models import Search, Vote
from tests.dashboard.conftest import World
from tests.factories import make_collection, picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(as_: Callable[[str], Client]) -> Client:
    return as_("owner")


@pytest.fixture
def search(world: World) -> Search:
    return create_search(user=world.people["owner"], collections=[world.collection.pk], file=picture(7, hue=30))


def test_past_searches_come_newest_first(world: World) -> None:
    user = world.people["viewer"]
    made = [create_search(user=user, collections=[world.collection.pk], image=world.images[n % 4].pk) for n in range(8)]

    found = list(recent_searches(user))

    assert found == made[::-1]


def asked(world: World, **values: object) -> dict[str, object]:
    return {"collections": [str(world.collection.pk)], "method": "rocchio", "limit": "40"} | values


def address(name: str, search: Search, number: int = 0) -> str:
    return reverse(f"dashboard:{name}", args=[search.pk, number])


def test_search_keeps_everything_that_was_asked(owner: Client, world: World) -> None:
    crop = {"crop_left": "10", "crop_top": "20", "crop_width": "50", "crop_height": "60"}
    file = SimpleUploadedFile("query.png", picture(7))

    response = owner.post(
        reverse("dashboard:search-new"),
        asked(world, file=file, label="warm", **crop) | {"weight-color-histogram": "0.5"},
    )

    made = Search.objects.get()
    assert response.headers["Location"] == reverse("dashboard:search", args=[made.pk])
    assert made.crop == [0.1, 0.2, 0.5, 0.6]
    assert (made.weights, made.filters, made.limit) == ({"color-histogram": 0.5}, {"label": ["warm"]}, 40)
    assert made.rounds.get().results.count() == 2


def test_sliders_begin_where_the_chosen_collections_are(owner: Client, world: World) -> None:
    world.collection.extractors = {"color-histogram": 0.2, "vgg16": 1.5}
    world.collection.save()

    page = owner.get(reverse("dashboard:search-new"), {"collection": str(world.collection.pk)})

    values = {field.name: field.value() for field in page.context["form"].weight_fields()}
    assert values == {"weight-color-histogram": 0.2, "weight-vgg16": 1.5}


def test_search_begins_in_the_collections_one_has(as_: Callable[[str], Client], world: World) -> None:
    opened = make_collection(visibility="public")
    page = reverse("dashboard:search-new")

    chosen = {who: as_(who).get(page).context["form"].initial["collections"] for who in ("viewer", "stranger")}

    assert chosen == {"viewer": [str(world.collection.pk)], "stranger": [str(opened.pk)]}


def test_search_without_a_picture_says_so_beside_the_field(owner: Client, world: World) -> None:
    response = owner.post(reverse("dashboard:search-new"), asked(world))

    assert response.status_code == 422
    assert "Give one picture to search by" in str(response.context["form"].errors["file"])


def test_search_by_something_else_than_a_picture_says_so(owner: Client, world: World) -> None:
    file = SimpleUploadedFile("query.png", b"hello")

    response = owner.post(reverse("dashboard:search-new"), asked(world, file=file))

    assert response.status_code == 422
    assert "not a JPEG, PNG" in response.content.decode()


def test_query_picture_is_read_up_to_the_cap_alone(owner: Client, world: World) -> None:
    file = SimpleUploadedFile("query.png", bytes(DEFAULT_LIMITS.max_bytes + 2_000_000))

    response = owner.post(reverse("dashboard:search-new"), asked(world, file=file))

    assert response.status_code == 422
    assert "The file is larger than the limit of 50 MB" in response.content.decode()


def test_half_a_crop_is_refused(owner: Client, world: World) -> None:
    response = owner.post(reverse("dashboard:search-new"), asked(world, image=str(world.images[0].pk), crop_left="10"))

    assert response.status_code == 422
    assert response.context["form"].errors == {"crop_left": ["Give all four sides of the crop, or none."]}


def test_find_similar_needs_one_click(owner: Client, world: World) -> None:
    response = owner.post(reverse("dashboard:similar"), {"image": str(world.images[1].pk)})

    made = Search.objects.get()
    assert response.headers["Location"] == reverse("dashboard:search", args=[made.pk])
    assert (made.image, list(made.collections.all())) == (world.images[1], [world.collection])


def test_part_of_a_page_finds_similar_in_all_collections_of_the_search(owner: Client, world: World) -> None:
    other = make_collection(owner=world.people["owner"])
    made = create_search(
        user=world.people["owner"], collections=[world.collection.pk, other.pk], image=world.images[0].pk
    )

    part = owner.get(address("round", made), headers={"HX-Request": "true"}).content.decode()

    assert all(f'name="collections" value="{pk}"' in part for pk in (world.collection.pk, other.pk))


def test_votes_from_a_form_lead_back_to_the_round(owner: Client, world: World, search: Search) -> None:
    response = owner.post(address("vote", search), {"vote": [f"{world.images[0].pk}:1", f"{world.images[1].pk}:-1"]})

    assert response.headers["Location"] == address("round", search)
    assert dict(Vote.objects.values_list("image", "value")) == {world.images[0].pk: 1, world.images[1].pk: -1}


def test_votes_from_a_script_are_answered_by_where_they_went(owner: Client, world: World, search: Search) -> None:
    response = owner.post(
        address("vote", search), {"vote": f"{world.images[0].pk}:1"}, headers={"X-Requested-With": "votes"}
    )

    assert (response.status_code, response.headers["X-Round"]) == (204, address("round", search))


@pytest.mark.parametrize("vote", ["", "no-id:1", "{image}:much", "{image}"])
def test_votes_that_make_no_sense_are_refused(owner: Client, world: World, search: Search, vote: str) -> None:
    response = owner.post(address("vote", search), {"vote": vote.format(image=world.images[0].pk)})

    assert response.status_code == 400
    assert not Vote.objects.exists()


def test_page_of_a_refined_round_shows_votes_and_movement(owner: Client, world: World, search: Search) -> None:
    first = [r.image_id for r in search.rounds.get(number=0).results.all()]
    owner.post(address("vote", search), {"vote": [f"{first[3]}:1", f"{first[0]}:-1"]})

    page = owner.post(address("refine", search), follow=True)

    view = page.context["view"]
    assert page.redirect_chain == [(address("round", search, 1), 302)]
    assert (view.more, view.less, view.latest) == (1, 1, True)
    now = {place.result.image_id: place for place in view.places}
    assert now[first[3]].vote == 1
    assert now[first[3]].moved == 4 - now[first[3]].result.rank
    assert view.changes.up + view.changes.down > 0
    assert view.changes.new == 0


def test_refining_a_round_of_the_past_branches_from_it(owner: Client, world: World, search: Search) -> None:
    owner.post(address("vote", search), {"vote": f"{world.images[0].pk}:1"})
    owner.post(address("refine", search))

    owner.post(address("refine", search, 0))

    assert list(search.rounds.values_list("number", "parent")) == [(0, None), (1, 0), (2, 0), (3, 2)]


def test_asking_again_takes_picture_and_votes_along(owner: Client, world: World, search: Search) -> None:
    owner.post(address("vote", search), {"vote": f"{world.images[3].pk}:1"})

    response = owner.post(
        reverse("dashboard:search-again", args=[search.pk]),
        asked(world, label="cold") | {"weight-color-histogram": "2"},
    )

    again = Search.objects.latest("created")
    assert response.headers["Location"] == reverse("dashboard:search", args=[again.pk])
    assert (again.filters, again.weights) == ({"label": ["cold"]}, {"color-histogram": 2.0})
    assert list(again.rounds.values_list("number", "votes")) == [(0, 0), (1, 1)]


def test_form_of_a_round_shows_what_was_asked(owner: Client, world: World, search: Search) -> None:
    page = owner.get(address("round", search))

    form = page.context["form"]
    assert form["collections"].value() == [str(world.collection.pk)]
    assert (form["limit"].value(), form["weight-color-histogram"].value()) == (20, 1.0)


def test_deleted_search_is_gone(owner: Client, search: Search) -> None:
    owner.post(reverse("dashboard:search-delete", args=[search.pk]))

    assert not Search.objects.exists()


def test_explanation_shows_each_extractor(owner: Client, search: Search) -> None:
    image = search.rounds.get().results.all()[0].image_id

    page = owner.get(reverse("dashboard:explanation", args=[search.pk, 0, image]))

    [bar] = page.context["bars"]
    assert (bar.name, bar.weight, bar.length) == ("color-histogram", 1.0, 100)


def test_results_that_are_no_longer_shared_are_not_shown(as_: Callable[[str], Client], world: World) -> None:
    viewer = world.people["viewer"]
    search = create_search(user=viewer, collections=[world.collection.pk], image=world.images[0].pk)
    world.collection.memberships.filter(user=viewer).delete()

    page = as_("viewer").get(address("round", search))

    assert page.context["view"].places == []
    assert [step.preview for step in page.context["view"].steps] == [[]]


def test_search_of_what_is_not_searchable_yet_says_so_and_keeps_the_picture(owner: Client, world: World) -> None:
    owner.post(reverse("dashboard:collection-new"), {"name": "New"})
    empty = world.people["owner"].owned_collections.get(name="New")

    page = owner.post(
        reverse("dashboard:search-new"), asked(world, collections=[str(empty.pk)], image=str(world.images[0].pk))
    )

    assert page.status_code == 422, page.content.decode()
    assert "Nothing here is searchable yet" in str(page.context["form"].non_field_errors())
    assert page.context["image"] == world.images[0]
