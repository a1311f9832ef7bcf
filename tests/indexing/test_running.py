"""Jobs are done by one process at a time, see what they were asked for, and end."""

import threading
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from django.db import OperationalError, connection, transaction
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.worker import Worker

from semblance.extractors import registry
from semblance.indexing.domain.jobs import begin_job, request_indexing
from semblance.indexing.domain.running import claimed, close_lost_jobs, is_claimed
from semblance.indexing.enums import JobState
from semblance.indexing.models import CollectionSpace, Feature, Job
from semblance.indexing.tasks import ATTEMPTS, close_at_last_attempt, index_collection
from semblance.library.domain.collections import update_collection
from tests.extractors.distributions import add_distribution, mean_module
from tests.factories import Work, make_collection, make_image

pytestmark = pytest.mark.django_db
LOCK = "SELECT pg_advisory_lock(%s)"


def make_job() -> Job:
    collection = make_collection()
    make_image(collection)
    return request_indexing(collection=collection, user=None)


def claim(session: psycopg.Connection, job: Job) -> None:
    session.execute(LOCK, [int.from_bytes(job.pk.bytes[:8], "big", signed=True)])


def set_entry(status: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing'")
        cursor.execute("UPDATE procrastinate_jobs SET status = %s::procrastinate_job_status", [status])


@pytest.mark.parametrize("job", [UUID(int=2**128 - 1), UUID(int=2**64), UUID(int=2**127 + 2**96)])
def test_claim_is_seen_as_long_as_it_is_held(job: UUID) -> None:
    with claimed(job) as mine:
        during = (mine, is_claimed(job), is_claimed(UUID(int=2**65)))

    assert during == (True, True, False)
    assert not is_claimed(job)


def test_job_that_another_process_does_is_left_to_it(elsewhere: psycopg.Connection) -> None:
    job = make_job()
    begin_job(job)
    claim(elsewhere, job)

    index_collection(str(job.pk))
    during = Feature.objects.count()
    elsewhere.execute("SELECT pg_advisory_unlock_all()")
    index_collection(str(job.pk))

    job.refresh_from_db()
    assert (during, Feature.objects.count(), job.state) == (0, 1, JobState.SUCCEEDED)
    assert not is_claimed(job.pk)


@pytest.mark.parametrize("status", ["failed", "succeeded"])
@pytest.mark.parametrize("begun", [True, False])
def test_job_that_nobody_takes_up_any_more_is_closed(status: str, *, begun: bool) -> None:
    job = make_job()
    if begun:
        begin_job(job)
    set_entry(status)

    closed = close_lost_jobs()

    job.refresh_from_db()
    assert (closed, job.state) == (1, JobState.FAILED)
    assert "start it again" in job.error
    assert job.finished


def test_job_whose_worker_was_stopped_goes_on(run_jobs: Work) -> None:
    job = make_job()
    begin_job(job)
    set_entry("aborted")

    closed = close_lost_jobs()
    run_jobs()

    job.refresh_from_db()
    assert (closed, job.state) == (0, JobState.SUCCEEDED)


@pytest.mark.parametrize("status", ["todo", "doing"])
def test_job_that_waits_in_the_queue_is_not_closed(status: str) -> None:
    job = make_job()
    set_entry(status)

    closed = close_lost_jobs()

    job.refresh_from_db()
    assert (closed, job.state) == (0, JobState.QUEUED)


def test_job_that_somebody_works_on_is_not_closed(elsewhere: psycopg.Connection) -> None:
    job = make_job()
    begin_job(job)
    set_entry("succeeded")
    claim(elsewhere, job)

    assert close_lost_jobs() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("attempts", "state"), [(ATTEMPTS - 1, JobState.RUNNING), (ATTEMPTS, JobState.FAILED)])
def test_job_fails_with_the_last_attempt(empty_queue: None, attempts: int, state: JobState) -> None:
    job = make_job()
    begin_job(job)
    entry = ProcrastinateJob.objects.get().procrastinate_job.evolve(attempts=attempts)
    context = JobContext(app=app, job=entry, start_timestamp=0.0, abort_reason=lambda: None)

    def lose_the_database() -> None:
        raise OperationalError("the disk is full")

    with pytest.raises(OperationalError):
        close_at_last_attempt(lose_the_database, context, Worker(app))

    job.refresh_from_db()
    assert job.state == state
    assert ("the disk is full" in job.error) == (state == JobState.FAILED)


@pytest.mark.parametrize("task", ["indexing.index_collection", "search.evaluate"])
def test_tasks_of_jobs_close_them_with_the_last_attempt(task: str) -> None:
    assert app.tasks[task].task_middleware == [close_at_last_attempt]


@pytest.mark.django_db(transaction=True)
def test_waiting_job_sees_all_that_it_was_asked_for(plugins_folder: Path, empty_queue: None) -> None:
    add_distribution(
        plugins_folder,
        name="mean-plugin",
        entry_points={"mean": "mean_plugin:Mean"},
        modules={"mean_plugin": mean_module("mean")},
    )
    registry.reload()
    job = make_job()
    worker = threading.Thread(target=work, args=[job])

    with transaction.atomic():
        make_image(job.collection)
        update_collection(collection=job.collection, extractors={"mean": 1.0})
        again = request_indexing(collection=job.collection, user=None)
        worker.start()
        worker.join(1.0)
        begun = Job.objects.get(pk=job.pk).state
    worker.join(30.0)

    assert (again.pk, begun) == (job.pk, JobState.QUEUED)
    assert Job.objects.get().state == JobState.SUCCEEDED
    assert CollectionSpace.objects.get().space.extractor == "mean"
    assert Feature.objects.count() == 2


def work(job: Job) -> None:
    try:
        index_collection(str(job.pk))
    finally:
        connection.close()
