"""Ask for an evaluation, and run it as a job."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction

from semblance.accounts.models import User
from semblance.indexing.domain.jobs import finish_job, report_progress, start_job
from semblance.indexing.enums import JobKind
from semblance.indexing.models import Job
from semblance.library.models import Collection
from semblance.search.domain.evaluation.labelled import count_queries
from semblance.search.domain.evaluation.measuring import evaluate_collection
from semblance.search.domain.evaluation.parameters import EvaluationParameters
from semblance.search.models import Evaluation

EVALUATE_TASK = "search.evaluate"
SECONDS_BETWEEN_REPORTS = 0.5


class Cancelled(Exception):
    """Somebody cancelled the job; its figures would be of no use."""


def request_evaluation(*, collection: Collection, user: User | None, parameters: Mapping[str, Any]) -> Evaluation:
    """Have a worker measure a collection; refused at once where parameters, labels or features do not allow it.

    The parameters are fields of :class:`EvaluationParameters`; those that are missing have its defaults.
    """
    asked = EvaluationParameters.read(parameters)
    total = count_queries(collection, asked.extractors, asked.queries)
    with transaction.atomic():
        job = Job.objects.create(
            collection=collection,
            requested_by=user,
            kind=JobKind.EVALUATE,
            parameters=asked.values(),
            total=total,
        )
        evaluation = Evaluation.objects.create(collection=collection, job=job, parameters=asked.values())
        start_job(job, EVALUATE_TASK)
    return evaluation


def run_evaluation(job: Job) -> None:
    """Measure, and keep the figures with the evaluation of this job."""
    parameters = EvaluationParameters.read(job.evaluation.parameters)
    try:
        result = evaluate_collection(collection=job.collection, parameters=parameters, on_progress=reporter(job))
    except Cancelled:
        return
    Evaluation.objects.filter(job=job).update(result=result)
    finish_job(job)


def reporter(job: Job) -> Callable[[int, int], None]:
    reported = 0.0

    def report(done: int, total: int) -> None:
        nonlocal reported
        if time.monotonic() - reported < SECONDS_BETWEEN_REPORTS and done < total:
            return
        reported = time.monotonic()
        if not report_progress(job, done=done, failed=0, total=total):
            raise Cancelled

    return report
