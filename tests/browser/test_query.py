"""The query beside the results: a part of the picture, other weights, and why a result is where it is."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from semblance.accounts.models import User
from semblance.search.models import Search
from tests.browser.world import World, make_world
from tests.factories import Work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(anna: User, run_jobs: Work) -> World:
    return make_world(anna, run_jobs)


@pytest.fixture
def searching(page: Page, sign_in: Callable[[Page], None], world: World) -> Page:
    sign_in(page)
    page.goto(f"/searches/{world.search.pk}/")
    return page


def test_a_box_drawn_on_the_picture_becomes_the_crop(page: Page, sign_in: Callable[[Page], None], world: World) -> None:
    sign_in(page)
    page.goto(f"/searches/new/?image={world.images[0].pk}")
    page.locator("[data-crop-stage][data-ready]").wait_for()
    box = page.locator("cropper-canvas").bounding_box()
    assert box is not None

    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.5)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.9, steps=5)
    page.mouse.up()
    page.get_by_role("button", name="Find similar").click()
    page.locator("#grid.results").wait_for()

    crop = Search.objects.latest("created").crop
    assert crop == pytest.approx([0.25, 0.5, 0.5, 0.4], abs=0.02)


def test_searching_again_with_other_weights_keeps_the_votes(searching: Page) -> None:
    searching.get_by_label("Color histogram").fill("0.5")
    searching.get_by_role("button", name="Search again").click()

    expect(searching.locator("[data-round='1']")).to_be_visible()
    expect(searching.locator("[data-standing]")).to_have_text("1 more like this · 1 less")
    assert Search.objects.latest("created").weights == {"color-histogram": 0.5}


def test_explanation_opens_beside_the_results_and_gives_the_focus_back(searching: Page) -> None:
    score = searching.locator(".score").first

    score.click()
    expect(searching.get_by_role("dialog")).to_contain_text("Color histogram")
    searching.keyboard.press("Escape")

    expect(searching.get_by_role("dialog")).to_have_count(0)
    expect(score).to_be_focused()


def test_voting_on_a_round_of_the_past_goes_on_from_it(searching: Page, world: World) -> None:
    searching.get_by_role("link", name="First answer").click()
    expect(searching.get_by_text("You are looking back")).to_be_visible()

    searching.locator(".vote.more[aria-pressed=false]").last.click()
    searching.locator(".vote.less[aria-pressed=false]").last.click()
    expect(searching.locator("[data-round='2']")).to_be_visible()
    expect(searching.locator("[data-standing]")).to_have_text("1 more like this · 2 less")
    searching.reload()
    expect(searching.locator("[data-standing]")).to_have_text("1 more like this · 2 less")

    assert searching.url.endswith("/rounds/2/")
    assert list(world.search.rounds.values_list("number", "parent")) == [(0, None), (1, 0), (2, 0)]
    expect(searching.get_by_text("You are looking back")).to_have_count(0)
