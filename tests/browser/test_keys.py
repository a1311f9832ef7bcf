"""By keyboard alone: walk the pictures, vote, refine and go back, with the focus in sight all the way."""

from collections.abc import Callable
from threading import Thread

import pytest
from playwright.sync_api import Page, expect

from semblance.accounts.models import User
from semblance.indexing.domain.jobs import request_indexing
from semblance.library.models import Collection
from semblance.search.models import Vote
from tests.factories import make_collection, make_image

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def colors(anna: User, worker: Thread) -> Collection:
    collection = make_collection(owner=anna, name="Colors")
    for seed in range(12):
        make_image(collection, seed=seed, hue=20 * seed)
    request_indexing(collection=collection, user=anna)
    return collection


def focused(page: Page) -> str:
    return str(
        page.evaluate("document.activeElement.closest('[data-image]')?.dataset.image ?? document.activeElement.id")
    )


@pytest.fixture
def results(page: Page, sign_in: Callable[[Page], None], colors: Collection) -> Page:
    """Search results that were reached without a mouse."""
    sign_in(page)
    page.goto(f"/collections/{colors.pk}/")
    page.locator("[data-similar]").first.wait_for(state="attached")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("f")
    page.locator("#grid.results").wait_for()
    page.wait_for_load_state()
    return page


def test_arrows_walk_along_rows_and_columns(results: Page) -> None:
    order = [item.get_attribute("data-image") for item in results.locator("#grid [data-image]").all()]
    columns = int(
        results.evaluate("getComputedStyle(document.querySelector('#grid')).gridTemplateColumns.split(' ').length")
    )

    walked = []
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"):
        results.keyboard.press(key)
        walked.append(focused(results))

    assert walked == [order[0], order[1], order[1 + columns], order[columns], order[0]]


def test_votes_refinement_and_the_way_back_need_no_mouse(results: Page) -> None:
    results.keyboard.press("ArrowRight")
    liked = focused(results)
    results.keyboard.press("+")
    results.keyboard.press("ArrowRight")
    results.keyboard.press("-")
    results.keyboard.press("ArrowRight")
    results.keyboard.press("+")
    results.keyboard.press("0")
    expect(results.locator("[data-standing]")).to_have_text("1 more like this · 1 less")

    results.keyboard.press("r")
    expect(results.locator("[data-round='1']")).to_be_visible()
    results.keyboard.press("z")
    expect(results.locator("[data-round='0']")).to_be_visible()

    assert [vote.value for vote in Vote.objects.order_by("id")] == [1, -1, 1, 0]
    assert str(Vote.objects.earliest("id").image_id) == liked


def test_focus_stays_on_the_same_picture_through_a_refinement(results: Page) -> None:
    results.keyboard.press("ArrowRight")
    results.keyboard.press("+")
    here = focused(results)

    results.keyboard.press("r")
    expect(results.locator("[data-round='1']")).to_be_visible()

    expect(results.locator(f"#p-{here}")).to_be_focused()
    outline = results.locator(f"#p-{here}").evaluate("element => getComputedStyle(element).outlineStyle")
    assert outline == "solid"


def test_refining_by_button_leaves_the_focus_on_the_button(results: Page) -> None:
    results.locator(".vote.more").first.click()
    results.locator("#refine").focus()

    results.keyboard.press("Enter")
    expect(results.locator("[data-round='1']")).to_be_visible()

    expect(results.locator("#refine")).to_be_focused()


def test_new_round_is_announced(results: Page) -> None:
    results.locator(".vote.more").first.click()

    results.keyboard.press("r")
    expect(results.locator("[data-round='1']")).to_be_visible()

    expect(results.locator("#announcer")).to_contain_text("since the round before")


def test_single_letters_can_be_switched_off(results: Page) -> None:
    results.keyboard.press("?")
    results.get_by_label("Use single-letter keys on this device").uncheck()
    results.keyboard.press("Escape")

    results.keyboard.press("ArrowRight")
    results.keyboard.press("+")

    expect(results.locator("[data-standing]")).to_have_text("0 more like this · 0 less")


def test_vote_that_is_not_kept_is_taken_back_and_offered_again(results: Page) -> None:
    results.route("**/votes/", lambda route: route.abort())
    more = results.locator(".vote.more").first

    more.click()
    expect(results.get_by_text("A vote was not kept.")).to_be_visible()
    expect(more).to_have_attribute("aria-pressed", "false")
    results.unroute("**/votes/")
    results.get_by_role("button", name="Vote again").click()

    expect(more).to_have_attribute("aria-pressed", "true")
    results.keyboard.press("r")
    expect(results.locator("[data-round='1']")).to_be_visible()
    assert [vote.value for vote in Vote.objects.all()] == [1]


def test_vote_shows_within_a_tenth_of_a_second(results: Page) -> None:
    results.route("**/votes/", lambda _route: None)  # the server never answers

    milliseconds = results.evaluate(
        """() => {
            const button = document.querySelector(".vote.more");
            const start = performance.now();
            button.click();
            return button.getAttribute("aria-pressed") === "true" ? performance.now() - start : Infinity;
        }"""
    )

    assert milliseconds < 100
