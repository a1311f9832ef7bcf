"""Carry out jobs: each by one process at a time, and to an end that people see."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import Error, OperationalError, connection
from django.db.models import CharField, Exists, OuterRef, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from procrastinate.contrib.django.models import ProcrastinateJob

from semblance.common.errors import SemblanceError
from semblance.indexing.domain.jobs import begin_job, finish_job, give_up_job, start_job
from semblance.indexing.enums import ACTIVE_STATES
from semblance.indexing.models import Job

log = logging.getLogger(__name__)
LOST = "The work broke off and nobody takes it up any more; start it again. What it had done stays."


def carry_out(job: str, work: Callable[[Job], None]) -> None:
    """Do a job's work, unless another process does or it is over; where the work fails, so does the job."""
    with claimed(UUID(job)) as mine:
        row = Job.objects.filter(pk=job).first() if mine else None
        if row is None or not begin_job(row):
            return
        try:
            work(row)
        except SemblanceError as error:
            finish_job(row, error=error.detail)
        except OperationalError:
            raise  # the database went away: the job still counts as running and is taken up again
        except Exception as error:
            log.exception("job %s failed", job)
            finish_job(row, error=f"{type(error).__name__}: {error}")


@contextmanager
def claimed(job: UUID) -> Iterator[bool]:
    """Claim a job for this database session; False where another session has it. A session that ends gives it back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_key(job)])
        [mine] = cursor.fetchone()
    try:
        yield mine
    finally:
        if mine:
            _give_back(job)


def is_claimed(job: UUID) -> bool:
    """Say whether some process works on a job at this moment; asking disturbs nobody who wants to claim it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND (classid::bigint << 32 | objid::bigint) = %s)",
            [_key(job)],
        )
        return bool(cursor.fetchone()[0])


def close_lost_jobs() -> int:
    """Close the jobs that nobody works on and whose entry in the queue failed or is gone; tell how many.

    A job that was broken off because its worker was stopped goes on instead.
    """
    entries = ProcrastinateJob.objects.annotate(job=KeyTextTransform("job", "args")).filter(
        job=Cast(OuterRef("pk"), CharField())
    )
    stopped = entries.filter(status="aborted").order_by("-id").values("task_name")[:1]
    lost = Job.objects.filter(~Exists(entries.filter(status__in=("todo", "doing"))), state__in=ACTIVE_STATES)
    closed = 0
    for job in lost.annotate(stopped=Subquery(stopped)):
        if is_claimed(job.pk):
            continue
        if job.stopped:
            start_job(job, job.stopped)
        else:
            closed += give_up_job(job.pk, error=LOST)
    return closed


def _give_back(job: UUID) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_key(job)])
    except Error:
        connection.close()  # what the session held goes with it


def _key(job: UUID) -> int:
    return int.from_bytes(job.bytes[:8], "big", signed=True)
