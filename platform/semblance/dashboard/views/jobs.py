"""Long work: how far it is, what failed and why; cancel and retry."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from semblance.dashboard.access import Page
from semblance.indexing.domain.jobs import cancel_job
from semblance.indexing.enums import JobKind
from semblance.indexing.models import Job
from semblance.indexing.queries import active_jobs_for, jobs_for
from semblance.library.enums import ImageState
from semblance.library.models import Image

SHOWN = 50


class JobListView(Page):
    def get(self, request: Any) -> HttpResponse:
        at_home = request.GET.get("at") == "home"
        jobs = list((active_jobs_for if at_home else jobs_for)(request.user)[:SHOWN])
        context = {"jobs": jobs, "waiting": any(job.active for job in jobs), "section": "jobs"}
        template = "dashboard/jobs/_list.html" if request.htmx else "dashboard/jobs/list.html"
        return render(request, template, context)


class JobView(Page):
    def get(self, request: Any, job: UUID) -> HttpResponse:
        found = _job(request, job)
        context = {"job": found, "failures": failures_of(found)[:SHOWN], "section": "jobs"}
        template = "dashboard/jobs/_job.html" if request.htmx else "dashboard/jobs/detail.html"
        return render(request, template, context)


class JobCancelView(Page):
    def post(self, request: Any, job: UUID) -> HttpResponse:
        found = _job(request, job)
        cancel_job(job=found)
        messages.success(request, "Cancelled. What was done stays; re-index goes on from there.")
        return redirect("dashboard:job", found.pk)


def failures_of(job: Job) -> QuerySet[Image]:
    """Return the pictures of the job's collection that were set aside; jobs that compute nothing set none aside."""
    if job.kind != JobKind.INDEX:
        return Image.objects.none()
    return Image.objects.filter(collection=job.collection_id, state=ImageState.FAILED).order_by("-created", "-id")


def _job(request: Any, pk: UUID) -> Job:
    return get_object_or_404(jobs_for(request.user).select_related("evaluation"), pk=pk)
