"""Upload many files at once, with a word for each, and watch their features being computed."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import render

from semblance.common.errors import InvalidInput
from semblance.common.images import DEFAULT_LIMITS
from semblance.dashboard.access import Page, collection_for
from semblance.dashboard.views.collections import state_counts
from semblance.indexing.domain.jobs import request_indexing
from semblance.indexing.enums import ACTIVE_STATES
from semblance.library.domain.images import store_image
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
        outcomes = [_take(found, file, label, request.user) for file in request.FILES.getlist("file")]
        if any(outcome.word == "stored" for outcome in outcomes):
            request_indexing(collection=found, user=request.user)
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


def _take(collection: Collection, file: "UploadedFile[bytes]", label: str, user: Any) -> Outcome:
    name = file.name or "picture"
    if (file.size or 0) > DEFAULT_LIMITS.max_bytes:
        limit = DEFAULT_LIMITS.max_bytes / 1e6
        return Outcome(
            name, "refused", reason=f"The file has {(file.size or 0) / 1e6:.1f} MB and the limit is {limit:g} MB."
        )
    try:
        stored = store_image(collection=collection, data=file.read(), filename=name, user=user, label=label)
    except InvalidInput as error:
        return Outcome(name, "refused", reason=error.detail)
    return Outcome(name, "known" if stored.duplicate else "stored", stored.image)
