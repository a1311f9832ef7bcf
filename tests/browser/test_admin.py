"""The admin in a browser: its scripts run under our policy, nothing comes from elsewhere, small screens do."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, Request
from pytest_django.live_server_helper import LiveServer

from semblance.accounts.models import User
from semblance.library.models import Collection, Image
from semblance.search.models import Round, Search
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.world import World, make_world
from tests.factories import Work, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LISTS = (
    "library/collection", "library/image", "library/membership", "indexing/job", "indexing/featurespace",
    "search/search",
    "search/round", "search/vote", "search/publishedquery", "search/evaluation", "accounts/user", "auth/group",
    "accounts/apikey",
)  # fmt: skip


@pytest.fixture
def world(anna: User, run_jobs: Work) -> World:
    return make_world(anna, run_jobs)


@pytest.fixture
def open_admin(new_page: Callable[..., Page], live_server: LiveServer) -> Callable[..., Page]:
    """Open a page of somebody who may do everything."""
    root, client = make_user("root", is_staff=True, is_superuser=True), Client()
    client.force_login(root)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value

    def open_page(**options: Any) -> Page:
        page = new_page(**options)
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        return page

    return open_page


def addresses() -> list[str]:
    pages = [
        f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/change/"
        for row in (Collection.objects.first(), Image.objects.first(), Search.objects.first(), Round.objects.first())
        if row is not None
    ]
    return ["/admin/", *(f"/admin/{name}/" for name in LISTS), *pages, "/admin/library/collection/add/"]


@pytest.mark.parametrize(
    ("scheme", "viewport"), [("light", DESKTOP), ("dark", PHONE)], ids=["light on a desktop", "dark on a phone"]
)
def test_admin_pages_fit_and_load_nothing_from_elsewhere(
    open_admin: Callable[..., Page], live_server: LiveServer, world: World, scheme: str, viewport: dict[str, int]
) -> None:
    page, foreign, wider = open_admin(color_scheme=scheme, viewport=viewport), set[str](), dict[str, int]()

    def note(request: Request) -> None:
        if not request.url.startswith((live_server.url, "data:", "blob:")):
            foreign.add(request.url)

    page.on("request", note)
    for address in addresses():
        page.goto(address)
        wider[address] = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")

    assert foreign == set()
    assert {address: pixels for address, pixels in wider.items() if pixels > 0} == {}


def test_admin_hands_a_collection_over_in_the_browser(open_admin: Callable[..., Page], world: World) -> None:
    bert, page = make_user("bert"), open_admin()

    page.goto("/admin/library/collection/")
    page.locator("input.action-select[name=_selected_action]").first.check()
    page.get_by_label("Select action to run").select_option("hand_over")
    page.get_by_role("button", name="Run").click()
    page.locator(".select2-selection").click()
    page.locator(".select2-search__field").last.fill("ber")
    page.get_by_role("option", name="bert").click()
    page.get_by_role("button", name="Go ahead").click()
    page.get_by_text("bert now owns 1 collection.").wait_for()

    assert Collection.objects.order_by("name", "id")[0].owner == bert


def test_admin_filters_in_the_browser(open_admin: Callable[..., Page], world: World) -> None:
    page = open_admin()

    page.goto("/admin/library/image/")
    page.locator("a", has_text="Filters").first.click()
    page.locator("select[name=state__exact]").select_option("failed", force=True)
    page.get_by_role("button", name="Apply Filters").click()
    page.wait_for_url("**state__exact=failed**")

    assert page.locator("#result_list tbody tr").count() == Image.objects.filter(state="failed").count()
