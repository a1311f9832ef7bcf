"""Jobs and extractors in the admin."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from semblance.accounts.models import User
from semblance.indexing.models import FeatureSpace, Job
from semblance.library.models import Image
from semblance.search.domain.evaluation.requests import request_evaluation
from semblance.search.models import Evaluation
from tests.admin.conftest import World
from tests.admin.pages import address, run_action, said
from tests.factories import Work, make_collection

pytestmark = pytest.mark.django_db


def make_job(**values: object) -> Job:
    return Job.objects.create(collection=make_collection(), **values)


def test_list_shows_progress_rate_time_left_and_errors(root: Client) -> None:
    make_job(state="running", done=300, total=1200, started=timezone.now() - timedelta(seconds=100))
    make_job(state="failed", error="No extractor can work here. " * 10)

    text = root.get(address(Job, "changelist")).content.decode()

    assert "300 of 1,200 (25 %)" in text
    assert "0:05:0" in text or "0:04:5" in text
    assert "No extractor can work here. No extractor can work here. No extractor can work h…" in text


def test_list_filters_by_state_and_kind(root: Client) -> None:
    running, failed = make_job(state="running"), make_job(state="failed", kind="evaluate")

    def found(**query: str) -> list[Job]:
        return list(root.get(address(Job, "changelist"), query).context["cl"].result_list)

    assert found(state__exact="running") == [running]
    assert found(kind__exact="evaluate") == [failed]


def test_cancel_stops_what_runs(root: Client) -> None:
    job = make_job(state="running")

    run_action(root, "cancel", [job])

    assert Job.objects.get().state == "cancelled"


def test_cancel_of_a_finished_job_is_refused_and_cancels_none(root: Client) -> None:
    running, finished = make_job(state="running"), make_job(state="succeeded")

    answer = run_action(root, "cancel", [running, finished])

    assert said(answer) == ["This job is over already: done."]
    assert Job.objects.get(pk=running.pk).state == "running"


def test_retry_indexes_again(root: Client, superuser: User, world: World, run_jobs: Work) -> None:
    Job.objects.update(state="failed", error="The disk was full.")
    Image.objects.update(state="pending")

    run_action(root, "retry", Job.objects.all())
    again = Job.objects.get(state="queued")
    run_jobs()

    again.refresh_from_db()
    assert (again.state, again.requested_by) == ("succeeded", superuser)


def test_retry_of_a_running_job_is_refused(root: Client) -> None:
    answer = run_action(root, "retry", [make_job(state="running")])

    assert said(answer) == ["This job has not ended yet; cancel it first."]
    assert Job.objects.count() == 1


def test_retry_measures_again_with_the_same_parameters(root: Client, world: World) -> None:
    Image.objects.update(label="ship")
    first = request_evaluation(collection=world.collection, user=world.owner, parameters={"protocol": "wang"})
    Job.objects.filter(pk=first.job_id).update(state="failed")

    run_action(root, "retry", [first.job])

    again = Evaluation.objects.exclude(pk=first.pk).get()
    assert again.parameters == first.parameters


def test_jobs_are_neither_made_nor_changed_nor_deleted_by_hand(root: Client) -> None:
    job = make_job()

    assert root.get(address(Job, "add")).status_code == 403
    assert root.post(address(Job, "change", job.pk), {"state": "failed"}).status_code == 403
    assert root.post(address(Job, "delete", job.pk), {"post": "yes"}).status_code == 403


def test_extractors_show_what_is_installed_and_why_it_cannot_work(root: Client, world: World) -> None:
    page = root.get(address(FeatureSpace, "changelist"))

    rows = {row[0]: row for row in page.context["installed"]["rows"]}
    assert rows["color-histogram"][5] == "yes"
    assert rows["mobilenet-v2"][5].startswith("no: The weights of mobilenet-v2 are missing")
    assert page.context["problems"]["rows"] == []


def test_extractors_count_collections_and_vectors_of_each_space(root: Client, world: World) -> None:
    [space] = root.get(address(FeatureSpace, "changelist")).context["cl"].result_list

    assert (space.extractor, space.used_by, space.held) == ("color-histogram", 1, 3)
