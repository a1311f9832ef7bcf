"""What every test may ask for; the database comes from an embedded server below ``var/test`` or ``SEMBLANCE_DATA``."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django.fixtures import Settings

from semblance.settings import env


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
