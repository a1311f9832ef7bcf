"""What every test may ask for; the database comes from an embedded server below ``var/test`` or ``SEMBLANCE_DATA``."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django.fixtures import Settings

from semblance.settings import env

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NO_CHROMIUM = "there is no Chromium here: install the package chromium"


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("browser") and _chromium() is None:
        if env.in_ci():
            pytest.fail(NO_CHROMIUM, pytrace=False)
        pytest.skip(NO_CHROMIUM)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    names = [report.nodeid for report in skipped if NO_CHROMIUM in str(report.longrepr)]
    if names:
        terminalreporter.section("browser tests that could not run")
        terminalreporter.line(f"{NO_CHROMIUM}.")
        for name in names:
            terminalreporter.line(f"  {name}")


def _chromium() -> Path | None:
    return next((Path(found) for name in CHROMIUM_NAMES if (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Path of the browser; tests marked ``browser`` are skipped (in CI: fail) where there is none."""
    found = _chromium()
    if found is None:
        pytest.skip(NO_CHROMIUM)
    return found


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of photographs and reference figures that lies beside the project; tests skip without it."""
    folder = env.shared_data_dir()
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there (SEMBLANCE_SHARED_DATA names another place)")
    return folder


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Settings) -> Path:
    """Stored files of one test, apart from every other's."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


@pytest.fixture
def run_jobs(db: None) -> Callable[[], int]:
    """Work off the queue inside the test's own transaction, oldest job first; tells how many jobs there were.

    The worker process itself is tested in tests/indexing/test_worker.py.
    """

    def work() -> int:
        worked = 0
        while job := ProcrastinateJob.objects.filter(status="todo").order_by("id").first():
            app.tasks[job.task_name](**job.args)
            with connection.cursor() as cursor:
                cursor.execute("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = %s", [job.pk])
            worked += 1
        return worked

    return work
