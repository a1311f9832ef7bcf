"""The grid: more comes as one goes, many are chosen at once, and a deletion can be taken back."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from semblance.accounts.models import User
from semblance.library.models import Collection, Image
from tests.factories import make_collection, make_image

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def many(anna: User) -> Collection:
    """More pictures than two pages hold; the rows share two files."""
    collection = make_collection(owner=anna, name="Many")
    model = make_image(collection, seed=1)
    copies = [
        Image(
            collection=collection, sha256=f"{n:064x}", filename=f"copy-{n:03}.png", media_type="image/png", size=1,
            width=48, height=32, original=model.original.name, thumbnail=model.thumbnail.name,
        )
        for n in range(149)
    ]  # fmt: skip
    Image.objects.bulk_create(copies)
    return collection


@pytest.fixture
def grid(page: Page, sign_in: Callable[[Page], None], many: Collection) -> Page:
    sign_in(page)
    page.goto(f"/collections/{many.pk}/")
    return page


def test_more_pictures_come_while_one_scrolls(grid: Page) -> None:
    tiles = grid.locator("#grid > [data-item]")
    expect(tiles).to_have_count(60)

    for count in (120, 150):
        grid.mouse.wheel(0, 20_000)
        expect(tiles).to_have_count(count)

    names = grid.locator("#grid [data-main] img").evaluate_all("images => images.map(image => image.alt)")
    assert len(set(names)) == 150
    expect(grid.locator("#more")).to_have_count(0)


def test_deletion_waits_until_it_can_no_longer_be_taken_back(grid: Page) -> None:
    for place in (0, 1):
        grid.locator("[data-pick]").nth(place).check(force=True)
    expect(grid.locator("[data-count]")).to_have_text("2 chosen")

    grid.get_by_role("button", name="Delete").click()
    expect(grid.get_by_text("2 pictures deleted.")).to_be_visible()
    expect(grid.locator("#grid > [data-item]:not([hidden])")).to_have_count(58)
    grid.get_by_role("button", name="Undo").click()

    expect(grid.locator("#grid > [data-item]:not([hidden])")).to_have_count(60)
    assert Image.objects.count() == 150


def test_deletion_that_nobody_takes_back_happens_when_the_page_is_left(grid: Page) -> None:
    grid.locator("[data-pick]").first.check(force=True)
    grid.get_by_role("button", name="Delete").click()
    expect(grid.get_by_text("1 picture deleted.")).to_be_visible()

    grid.goto("/")

    grid.wait_for_timeout(500)
    assert Image.objects.count() == 149


def test_a_range_is_chosen_with_shift_and_tagged(grid: Page) -> None:
    grid.locator("[data-pick]").nth(1).check(force=True)
    grid.locator("[data-pick]").nth(4).click(modifiers=["Shift"], force=True)
    expect(grid.locator("[data-count]")).to_have_text("4 chosen")

    grid.get_by_placeholder("Tag").last.fill("seen")
    grid.get_by_role("button", name="Add tag").click()

    expect(grid.get_by_text("4 pictures have the tag now")).to_be_visible()
    assert Image.objects.filter(tags__contains=["seen"]).count() == 4


def test_narrowing_is_in_the_address(grid: Page) -> None:
    grid.get_by_role("searchbox").fill("copy-01")
    grid.keyboard.press("Enter")

    expect(grid.locator("#grid > [data-item]")).to_have_count(10)
    assert "q=copy-01" in grid.url
    grid.reload()
    expect(grid.locator("#grid > [data-item]")).to_have_count(10)
