"""The worker as a process of its own: it works, and a killed one loses nothing."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from semblance.indexing.domain.jobs import request_indexing
from semblance.indexing.enums import JobState
from semblance.indexing.models import Job
from semblance.library.enums import ImageState
from semblance.library.models import Image
from tests.factories import make_collection, make_image

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 90


def database_url() -> str:
    params = connection.get_connection_params()
    host = params["host"]
    return f"postgresql://{params['user']}@/{params['dbname']}?host={host}&port={params['port']}"


@contextmanager
def worker(media: Path) -> Iterator[subprocess.Popen[bytes]]:
    code = (
        f"import django, pathlib; django.setup()\n"
        f"from django.conf import settings; settings.MEDIA_ROOT = pathlib.Path({str(media)!r})\n"
        f"from django.core.management import call_command; call_command('procrastinate', 'worker')"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "semblance.settings.test"},
        cwd=settings.BASE_DIR,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, f"jobs: {list(Job.objects.values())}"
        time.sleep(0.1)


def test_killed_worker_loses_nothing_and_another_goes_on(media: Path) -> None:
    collection = make_collection()
    for seed in range(400):
        make_image(collection, seed=seed)
    job = request_indexing(collection=collection, user=None)

    with worker(media) as doomed:
        wait_for(lambda: Job.objects.get().done > 0)
        doomed.kill()
        doomed.wait()
    at_the_kill = Job.objects.get().done
    with worker(media):
        wait_for(lambda: Job.objects.get().state == JobState.SUCCEEDED)

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(DISTINCT image_id) FROM indexing_feature")
        vectors = cursor.fetchone()
    assert 0 < at_the_kill < 400
    assert vectors == (400, 400)
    assert Image.objects.filter(state=ImageState.INDEXED).count() == 400
    assert Job.objects.get().pk == job.pk
