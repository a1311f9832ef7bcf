"""Background work on features."""

import logging
from collections.abc import Sequence
from itertools import chain
from uuid import UUID

from django.db import OperationalError
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from semblance.common.errors import SemblanceError
from semblance.indexing.domain.images import count_missing, index_anew, index_missing
from semblance.indexing.domain.jobs import INDEX_TASK, begin_job, finish_job, report_progress
from semblance.indexing.domain.spaces import (
    collection_statistics_stale,
    complete_space,
    ensure_spaces,
    forget_extractors,
    refresh_statistics,
)
from semblance.indexing.models import CollectionSpace, Job

log = logging.getLogger(__name__)
DATABASE_AWAY = RetryStrategy(max_attempts=20, wait=15, retry_exceptions=[OperationalError])
FIRST_STATISTICS = 256
"""Images after which statistics are first measured while a job still runs, so that early searches are centred."""


@app.task(name=INDEX_TASK, queue="index", retry=DATABASE_AWAY)
def index_collection(job: str) -> None:
    """Run an index job: compute what is missing, then let complete spaces serve."""
    row = Job.objects.select_related("collection").filter(pk=job).first()
    if row is None or not begin_job(row):
        return
    try:
        _index(row)
    except SemblanceError as error:
        finish_job(row, error=error.detail)
    except OperationalError:
        raise  # the database went away: the job still counts as running and is taken up again
    except Exception as error:
        log.exception("index job %s failed", job)
        finish_job(row, error=f"{type(error).__name__}: {error}")


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
