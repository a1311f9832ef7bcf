"""Upload many files at once, with a word for each, and watch their features being computed."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from semblance.dashboard.access import Page, collection_for
from semblance.dashboard.views.collections import state_counts
from semblance.indexing.domain.uploads import Upload, add_images
from semblance.indexing.enums import ACTIVE_STATES
from semblance.library.enums import Role
from semblance.library.models import Collection, Image


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file: `stored`, `known` or `refused`."""

    name: str
    word: str
    image: Image | None = None
    reason: str = ""


class UploadView(Page):
    def get(self, request: Any, collection: UUID) -> HttpResponse:
        found = collection_for(request.user, collection, Role.EDITOR)
        return render(request, "dashboard/collections/upload.html", {"collection": found, **progress_of(found)})

    def post(self, request: Any, collection: UUID) -> HttpResponse:
        found = collection_for(request.user, collection, Role.EDITOR)
        label = request.POST.get("label", "")
        uploads, _ = add_images(collection=found, files=request.FILES.getlist("file"), user=request.user, label=label)
        outcomes = [_outcome(upload) for upload in uploads]
        context = {"collection": found, "outcomes": outcomes}
        if request.htmx:
            return render(request, "dashboard/collections/_outcomes.html", context)
        return render(request, "dashboard/collections/upload.html", context | progress_of(found))


class ProgressView(Page):
    """How far a collection's features are; asks for itself again while there is something to wait for."""

    def get(self, request: Any, collection: UUID) -> HttpResponse:
        found = collection_for(request.user, collection)
        return render(request, "dashboard/collections/_progress.html", {"collection": found, **progress_of(found)})


def progress_of(collection: Collection) -> dict[str, Any]:
    """Return the counts and the jobs at work."""
    return {"counts": state_counts(collection), "jobs": list(collection.jobs.filter(state__in=ACTIVE_STATES))}


def _outcome(upload: Upload) -> Outcome:
    if upload.problem:
        return Outcome(upload.name, "refused", reason=upload.problem.detail)
    return Outcome(upload.name, "known" if upload.duplicate else "stored", upload.image)
