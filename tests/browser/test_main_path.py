"""The main job as a person does it, from signing in to better answers."""

from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Page, expect

from semblance.accounts.models import User
from tests.browser.pictures import WARM, write, write_pictures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def ranking(page: Page) -> list[str]:
    return [item.get_attribute("data-image") or "" for item in page.locator("#grid [data-image]").all()]


def test_somebody_uploads_searches_votes_and_finds_better(
    page: Page, sign_in: Callable[[Page], None], anna: User, worker: Thread, tmp_path: Path
) -> None:
    files = write_pictures(tmp_path / "drop")
    query = write(tmp_path / "query.png", hue=WARM + 40, seed=999)

    sign_in(page)
    page.get_by_role("link", name="New collection").click()
    page.get_by_label("Name").fill("Colors")
    page.get_by_role("button", name="Make it and add pictures").click()
    page.locator("#files").set_input_files(files)
    expect(page.locator("[data-summary]")).to_have_text("18 stored · 1 already here · 1 refused")
    expect(page.locator("[data-outcome=refused]")).to_contain_text("damaged or incomplete")
    expect(page.locator("[data-outcome=known]")).to_contain_text("Already here")
    expect(page.locator("#progress")).to_have_attribute("data-progress", "done")
    expect(page.locator("#progress")).to_contain_text("18 of 18 pictures searchable")

    page.get_by_role("link", name="Search here").click()
    page.get_by_label("Choose a picture").set_input_files(query)
    page.get_by_role("button", name="Find similar").click()
    expect(page.locator("#grid [data-image]")).to_have_count(18)
    first_answer = ranking(page)

    page.get_by_role("button", name="Less like this: 1", exact=True).click()
    page.get_by_role("button", name="More like this: 18", exact=True).click()
    expect(page.get_by_role("button", name="More like this: 18", exact=True)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Refine").click()
    expect(page.locator("[data-round='1']")).to_be_visible()
    refined = ranking(page)
    assert refined != first_answer
    assert refined.index(first_answer[17]) < 17
    expect(page.locator("[data-round-words]")).to_contain_text("since the round before")
    expect(page.locator(".moved.up").first).to_be_visible()

    page.get_by_role("link", name="Back a round").click()
    expect(page.locator("[data-round='0']")).to_be_visible()
    assert ranking(page) == first_answer
    assert page.url.endswith("/rounds/0/")

    page.go_back()
    expect(page.locator("[data-round='1']")).to_be_visible()
    assert ranking(page) == refined
