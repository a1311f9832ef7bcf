"""Every page: WCAG 2.2 AA as far as axe can tell, nothing wider than the screen, nothing the browser complains of."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from semblance.accounts.models import User
from semblance.search.domain.searches import refine
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.world import World, make_world
from tests.factories import Work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "preload": False,  # axe would look for imported style sheets beside the page
}
ENTRANCE = {"sign in": "/accounts/login/", "forgotten": "/accounts/password/reset/"}


@pytest.fixture
def world(anna: User, run_jobs: Work) -> World:
    return make_world(anna, run_jobs)


def findings(page: Page) -> list[str]:
    violations = Axe().run(page, options=RULES).response["violations"]
    return [f"{v['id']}: {node['html'][:160]}" for v in violations for node in v["nodes"]]


@pytest.mark.parametrize(
    ("scheme", "viewport"), [("light", DESKTOP), ("dark", PHONE)], ids=["light on a desktop", "dark on a phone"]
)
def test_axe_finds_nothing_on_any_page(
    new_page: Callable[..., Page], sign_in: Callable[[Page], None], world: World, scheme: str, viewport: dict[str, Any]
) -> None:
    page = new_page(color_scheme=scheme, viewport=viewport)
    found: dict[str, list[str]] = {}

    for name, address in ENTRANCE.items():
        page.goto(address)
        found[name] = findings(page)
    sign_in(page)
    for name, address in world.addresses().items():
        page.goto(address)
        page.wait_for_load_state("networkidle")
        found[name] = findings(page)

    assert {name: problems for name, problems in found.items() if problems} == {}


def test_no_page_is_wider_than_the_screen(
    new_page: Callable[..., Page], sign_in: Callable[[Page], None], world: World
) -> None:
    for _ in range(6):
        refine(search=world.search)
    page = new_page()
    sign_in(page)
    wider: dict[tuple[str, int], int] = {}

    for name, address in world.addresses().items():
        page.goto(address)
        page.wait_for_load_state("networkidle")
        for width in (390, 768, 1440, 2560):
            page.set_viewport_size({"width": width, "height": 844})
            excess = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            wider[name, width] = excess

    assert {where: pixels for where, pixels in wider.items() if pixels > 0} == {}
