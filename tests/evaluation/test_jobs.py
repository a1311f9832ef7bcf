from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from semblance.common.errors import InvalidInput
from semblance.indexing.domain.jobs import cancel_job
from semblance.indexing.enums import JobKind, JobState
from semblance.indexing.models import Job
from semblance.library.models import Image
from semblance.search.domain.evaluation import request_evaluation
from semblance.search.domain.evaluation.requests import Cancelled, reporter
from semblance.search.models import Evaluation
from semblance.search.tasks import evaluate
from tests.evaluation.clusters import clustered_collection

pytestmark = pytest.mark.django_db


def test_job_measures_and_keeps_the_figures(run_jobs: Callable[[], int]) -> None:
    collection = clustered_collection(classes=2, each=5)

    evaluation = request_evaluation(collection=collection, user=collection.owner, parameters={"queries": 6})
    waiting = (evaluation.job.kind, evaluation.job.state, evaluation.job.total, evaluation.result)
    run_jobs()

    evaluation = Evaluation.objects.select_related("job").get(pk=evaluation.pk)
    assert waiting == (JobKind.EVALUATE, JobState.QUEUED, 6, None)
    assert (evaluation.job.state, evaluation.job.done, evaluation.job.requested_by) == (
        JobState.SUCCEEDED, 6, collection.owner,
    )  # fmt: skip
    assert evaluation.result is not None
    assert evaluation.result["queries"] == 6
    assert evaluation.result["repeat"]["parameters"] == evaluation.parameters


@pytest.mark.parametrize(("queries", "total"), [(None, 6), (3, 3), (100, 6)])
def test_asking_counts_labels_and_reads_no_images(queries: int | None, total: int) -> None:
    collection = clustered_collection(classes=3, each=3)
    alone = Image.objects.filter(label="class 2").values_list("pk", flat=True)[0]
    Image.objects.filter(label="class 2").exclude(pk=alone).update(label="")

    with CaptureQueriesContext(connection) as asked:
        evaluation = request_evaluation(collection=collection, user=None, parameters={"queries": queries})

    assert evaluation.job.total == total
    assert not [query for query in asked.captured_queries if "sha256" in query["sql"]]


def test_control_runs_as_a_job_too(run_jobs: Callable[[], int]) -> None:
    collection = clustered_collection(classes=2, each=5)
    evaluation = request_evaluation(
        collection=collection, user=None, parameters={"feedback": "rocchio", "rounds": 1, "salts": 1}
    )

    run_jobs()

    evaluation.refresh_from_db()
    assert evaluation.result is not None
    assert [row["round"] for row in evaluation.result["rounds"]] == [0, 1]


@pytest.mark.parametrize("parameters", [{"protocol": "x"}, {"extractors": ["x"]}, {"x": 1}])
def test_nonsense_is_refused_before_there_is_a_job(parameters: dict[str, Any]) -> None:
    collection = clustered_collection(classes=2, each=2)

    with pytest.raises(InvalidInput):
        request_evaluation(collection=collection, user=None, parameters=parameters)

    assert not Job.objects.exists()
    assert not Evaluation.objects.exists()


def test_cancelled_job_is_not_run(run_jobs: Callable[[], int]) -> None:
    evaluation = request_evaluation(collection=clustered_collection(classes=2, each=2), user=None, parameters={})
    cancel_job(job=evaluation.job)

    run_jobs()

    evaluation.refresh_from_db()
    assert evaluation.result is None
    assert Job.objects.get().state == JobState.CANCELLED


def test_job_that_is_cancelled_meanwhile_breaks_off() -> None:
    evaluation = request_evaluation(collection=clustered_collection(classes=2, each=2), user=None, parameters={})
    report = reporter(evaluation.job)
    Job.objects.update(state=JobState.RUNNING)
    report(1, 4)
    Job.objects.update(state=JobState.CANCELLED)

    with pytest.raises(Cancelled):
        report(4, 4)

    assert Job.objects.get().done == 1


def test_labels_that_went_away_fail_the_job_with_their_reason(run_jobs: Callable[[], int]) -> None:
    collection = clustered_collection(classes=2, each=2)
    request_evaluation(collection=collection, user=None, parameters={})
    Image.objects.update(label="")

    run_jobs()

    job = Job.objects.get()
    assert job.state == JobState.FAILED
    assert "have no labels" in job.error


def test_finished_job_is_not_run_again(run_jobs: Callable[[], int]) -> None:
    evaluation = request_evaluation(collection=clustered_collection(classes=2, each=2), user=None, parameters={})
    run_jobs()
    Evaluation.objects.update(result={"kept": True})

    evaluate(str(Job.objects.get().pk))

    evaluation.refresh_from_db()
    assert evaluation.result == {"kept": True}
