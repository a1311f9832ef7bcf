"""A Chromium, a live server, somebody who is signed in, and a worker beside them."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django.live_server_helper import LiveServer

from semblance.accounts.models import User
from tests.factories import make_user

FLAGS = ["--no-sandbox", "--disable-background-networking"]
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def browser(chromium: Path) -> Iterator[Browser]:
    # Playwright's synchronous calls run an event loop in this thread, where Django would refuse to touch the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser found wrong: script errors, policy violations, answers of 500."""
    return []


@pytest.fixture
def new_page(browser: Browser, live_server: LiveServer, complaints: list[str]) -> Iterator[Callable[..., Page]]:
    """Open a page in a context of its own; options are those of Playwright's contexts."""
    contexts: list[BrowserContext] = []

    def open_page(**options: Any) -> Page:
        context = browser.new_context(
            **{"base_url": live_server.url, "viewport": DESKTOP, "reduced_motion": "reduce"} | options
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: _listen(message, complaints))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def _listen(message: ConsoleMessage, complaints: list[str]) -> None:
    # Chromium logs 4xx answers and broken connections as errors of its own; those are what some tests ask for.
    asked_for = ("the server responded with a status of 4", "net::ERR_FAILED")
    if message.type == "error" and not any(text in message.text for text in asked_for):
        complaints.append(message.text)


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    return new_page()


@pytest.fixture
def anna() -> User:
    return make_user("anna")


@pytest.fixture
def sign_in() -> Callable[[Page], None]:
    """Sign a person in through the page, as people do."""

    def do(page: Page, name: str = "anna") -> None:
        page.goto("/accounts/login/")
        page.get_by_label("Login").fill(name)
        page.get_by_label("Password").fill(name)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("link", name="Semblance").wait_for()

    return do


@pytest.fixture
def worker(live_server: LiveServer) -> Iterator[Thread]:
    """Work off the queue in a thread beside the server, until the test ends."""
    stop = Event()
    thread = Thread(target=_work, args=[stop], name="worker")
    thread.start()
    yield thread
    stop.set()
    thread.join()


def _work(stop: Event) -> None:
    try:
        while not stop.is_set():
            job = ProcrastinateJob.objects.filter(status="todo").order_by("id").first()
            if job is None:
                time.sleep(0.1)
                continue
            app.tasks[job.task_name](**job.args)
            with connection.cursor() as cursor:
                cursor.execute("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = %s", [job.pk])
    finally:
        connection.close()
