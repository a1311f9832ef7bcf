"""Background work on features."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import chain
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.worker import Worker

from semblance.indexing.domain import running
from semblance.indexing.domain.images import count_missing, index_anew, index_missing
from semblance.indexing.domain.jobs import INDEX_TASK, finish_job, give_up_job, report_progress
from semblance.indexing.domain.spaces import (
    collection_statistics_stale,
    complete_space,
    ensure_spaces,
    forget_extractors,
    refresh_statistics,
)
from semblance.indexing.domain.sweep import index_forgotten
from semblance.indexing.models import CollectionSpace, Job

ATTEMPTS = 20
DATABASE_AWAY = RetryStrategy(max_attempts=ATTEMPTS, wait=15, retry_exceptions=[OperationalError])
FIRST_STATISTICS = 256
"""Images after which statistics are first measured while a job still runs, so that early searches are centred."""


def close_at_last_attempt(call_next: Callable[[], Any], context: JobContext, worker: Worker) -> Any:
    """Fail the job of a task that is not tried again; should the database refuse that too, housekeeping does it."""
    try:
        return call_next()
    except OperationalError as error:
        if context.job.attempts >= ATTEMPTS:
            connection.close_if_unusable_or_obsolete()
            with suppress(OperationalError):
                reason = f"The database failed {ATTEMPTS + 1} times, at last with: {error}"
                give_up_job(UUID(str(context.job.task_kwargs["job"])), error=reason)
        raise


@app.task(name=INDEX_TASK, queue="index", retry=DATABASE_AWAY, task_middleware=[close_at_last_attempt])
def index_collection(job: str) -> None:
    """Run an index job: compute what is missing, then let complete spaces serve."""
    running.carry_out(job, _index)


@app.periodic(cron="* * * * *")
@app.task(name="indexing.close_lost_jobs", queue="housekeeping", queueing_lock="close_lost_jobs")
def close_lost_jobs(timestamp: int) -> None:
    """Close jobs that would be shown as running for ever."""
    running.close_lost_jobs()


def _index(job: Job) -> None:
    collection = job.collection
    forget_extractors(collection)
    spaces = ensure_spaces(collection)
    if not spaces:
        finish_job(job, error=_nothing_usable(job))
        return
    done = failed = 0
    anew = [space for space in spaces if space.space.extractor in job.parameters.get("anew", ())]
    total = count_missing(collection=collection.pk, spaces=spaces)
    if anew:
        total = max(total, collection.images.count())
    report_progress(job, done=0, failed=0, total=total)
    due = FIRST_STATISTICS
    again = index_anew(collection=collection.pk, spaces=anew) if anew else ()
    for report in chain(again, index_missing(collection=collection.pk, spaces=spaces)):
        done, failed = done + report.done, failed + report.failed
        if done >= due:
            due *= 4
            _refresh(spaces)
        if not report_progress(job, done=done, failed=failed, total=total):
            break
    else:
        for space in spaces:
            complete_space(space)
        finish_job(job)
    _refresh(collection_statistics_stale(collection.pk))


def _refresh(spaces: Sequence[CollectionSpace]) -> None:
    for space in spaces:
        refresh_statistics(space)


def _nothing_usable(job: Job) -> str:
    names = ", ".join(job.collection.extractors)
    return (
        f"None of the collection's extractors ({names}) can work here; see “manage.py extractors list” for the reasons."
    )


@app.task(name="indexing.refresh_collection_statistics", queue="index", retry=3)
def refresh_collection_statistics(collection: str) -> None:
    """Bring the statistics of a collection up to date after images went away."""
    _refresh(collection_statistics_stale(UUID(collection)))


@app.periodic(cron="*/5 * * * *")
@app.task(name="indexing.index_forgotten_images", queue="housekeeping", queueing_lock="index_forgotten_images")
def index_forgotten_images(timestamp: int) -> None:
    """Take up images whose upload died before it asked for their features."""
    index_forgotten()
