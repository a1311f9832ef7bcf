"""Ask for, follow and cancel long work."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from semblance.accounts.models import User
from semblance.common.errors import Conflict, NotFound
from semblance.indexing.enums import ACTIVE_STATES, JobKind, JobState
from semblance.indexing.models import Job
from semblance.library.enums import ImageState
from semblance.library.models import Collection, Image

INDEX_TASK = "indexing.index_collection"


def request_indexing(*, collection: Collection, user: User | None) -> Job:
    """Have the collection's missing vectors computed; a job that has not begun yet serves this request too."""
    with transaction.atomic():
        # Not FOR UPDATE: that would wait for every search and upload that holds the collection.
        if Collection.objects.select_for_update(no_key=True).filter(pk=collection.pk).first() is None:
            raise NotFound("There is no such collection any more.")
        queued = Job.objects.filter(collection=collection, kind=JobKind.INDEX, state=JobState.QUEUED)
        # It cannot begin before this transaction, whose images it is to see, has ended.
        waiting = queued.select_for_update().first()
        if waiting:
            return waiting
        total = Image.objects.filter(collection=collection, state=ImageState.PENDING).count()
        job = Job.objects.create(collection=collection, requested_by=user, kind=JobKind.INDEX, total=total)
        start_job(job, INDEX_TASK)
    return job


def request_reindexing(*, collection: Collection, user: User | None, extractors: Sequence[str] = ()) -> Job:
    """Have the vectors of these extractors (by default all) computed again, those that are there included."""
    anew = list(extractors or collection.extractors)
    with transaction.atomic():
        job = Job.objects.create(
            collection=collection, requested_by=user, kind=JobKind.INDEX, parameters={"anew": anew}
        )
        start_job(job, INDEX_TASK)
    return job


def start_job(job: Job, task: str) -> None:
    """Hand a job to the workers; jobs of one kind on one collection run one after the other."""
    app.configure_task(task, lock=f"{job.kind}-{job.collection_id}", queue=job.kind).defer(job=str(job.pk))


def retry_failed(*, collection: Collection, user: User | None) -> Job:
    """Give the images that were set aside another chance."""
    Image.objects.filter(collection=collection, state=ImageState.FAILED).update(state=ImageState.PENDING, error="")
    return request_indexing(collection=collection, user=user)


def cancel_job(*, job: Job) -> Job:
    """Stop a job after its present batch; what it has done stays."""
    changed = Job.objects.filter(pk=job.pk, state__in=ACTIVE_STATES).update(
        state=JobState.CANCELLED, finished=timezone.now()
    )
    job.refresh_from_db()
    if not changed:
        raise Conflict(f"This job is over already: {job.get_state_display().lower()}.", code="job-over")
    return job


def begin_job(job: Job) -> bool:
    """Mark a job as running; False if it was cancelled before or is over."""
    return bool(
        Job.objects.filter(pk=job.pk, state__in=ACTIVE_STATES).update(
            state=JobState.RUNNING, started=job.started or timezone.now()
        )
    )


def report_progress(job: Job, *, done: int, failed: int, total: int) -> bool:
    """Write progress; False if somebody cancelled the job meanwhile."""
    return bool(
        Job.objects.filter(pk=job.pk, state=JobState.RUNNING).update(done=done, failed=failed, total=max(total, done))
    )


def finish_job(job: Job, *, error: str = "") -> None:
    """Close a job that still runs."""
    Job.objects.filter(pk=job.pk, state=JobState.RUNNING).update(
        state=JobState.FAILED if error else JobState.SUCCEEDED, error=error, finished=timezone.now()
    )


def give_up_job(job: UUID, *, error: str) -> bool:
    """Close a job that nobody will do any more; False if it was over."""
    return bool(
        Job.objects.filter(pk=job, state__in=ACTIVE_STATES).update(
            state=JobState.FAILED, error=error, finished=timezone.now()
        )
    )
