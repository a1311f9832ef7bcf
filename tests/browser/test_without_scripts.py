"""Without JavaScript: sign in, upload, search, vote, refine and go back by plain forms and links."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from semblance.accounts.models import User
from semblance.library.models import Image
from tests.browser.pictures import WARM, write, write_pictures
from tests.factories import Work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def plain_page(new_page: Callable[..., Page]) -> Page:
    return new_page(java_script_enabled=False)


def test_the_main_path_needs_no_script(
    plain_page: Page, sign_in: Callable[[Page], None], anna: User, run_jobs: Work, tmp_path: Path
) -> None:
    page = plain_page
    sign_in(page)
    page.get_by_role("link", name="New collection").click()
    page.get_by_label("Name").fill("Colors")
    page.get_by_role("button", name="Make it and add pictures").click()
    page.get_by_label("Choose pictures").set_input_files(write_pictures(tmp_path / "drop"))
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("Already here")).to_be_visible()
    expect(page.get_by_text("Refused: The image is damaged")).to_be_visible()
    assert run_jobs() == 1

    page.get_by_role("link", name="Search here").click()
    page.get_by_label("Choose a picture").set_input_files(write(tmp_path / "query.png", hue=WARM + 40, seed=9))
    page.get_by_role("button", name="Find similar").click()
    expect(page.locator("#grid > li")).to_have_count(18)
    first = page.locator("#grid > li").first.get_attribute("data-image")
    page.get_by_role("button", name="Less like this: 1", exact=True).click()
    page.get_by_role("button", name="More like this: 18", exact=True).click()
    expect(page.get_by_text("1 more like this · 1 less")).to_be_visible()
    page.get_by_role("button", name="Refine").click()
    expect(page.get_by_text("since the round before")).to_be_visible()
    assert page.locator("#grid > li").first.get_attribute("data-image") != first

    page.get_by_role("link", name="Back a round").click()
    expect(page.get_by_text("You are looking back at the first answer.")).to_be_visible()
    assert page.locator("#grid > li").first.get_attribute("data-image") == first
    page.get_by_role("link", name="Why is 1 here?").click()
    expect(page.get_by_role("heading", name="Why it is here")).to_be_visible()


def test_pictures_are_chosen_and_deleted_by_a_plain_form(
    plain_page: Page, sign_in: Callable[[Page], None], anna: User, tmp_path: Path
) -> None:
    page = plain_page
    sign_in(page)
    page.get_by_role("link", name="New collection").click()
    page.get_by_label("Name").fill("Colors")
    page.get_by_role("button", name="Make it and add pictures").click()
    page.get_by_label("Choose pictures").set_input_files(write_pictures(tmp_path / "drop")[:3])
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("link", name="See the collection").click()

    page.get_by_label("Choose warm-0.png").check()
    page.get_by_label("Choose warm-2.png").check()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete").click()

    expect(page.get_by_text("2 pictures are deleted.")).to_be_visible()
    assert list(Image.objects.values_list("filename", flat=True)) == ["warm-1.png"]
