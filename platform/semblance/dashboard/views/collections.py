"""Collections: make, look through, settings, re-index, delete."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render

from semblance.common.errors import SemblanceError
from semblance.dashboard.access import Page, collection_for
from semblance.dashboard.forms import CollectionForm, CollectionSettingsForm, GridForm, complain
from semblance.dashboard.paging import image_page
from semblance.indexing.domain.jobs import request_indexing, retry_failed
from semblance.indexing.enums import ACTIVE_STATES
from semblance.library.domain.collections import create_collection, delete_collection, update_collection
from semblance.library.enums import Role
from semblance.library.models import Collection, Image

FACETS = 300


class CollectionCreateView(Page):
    def get(self, request: Any) -> HttpResponse:
        return render(request, "dashboard/collections/new.html", {"form": CollectionForm()})

    def post(self, request: Any) -> HttpResponse:
        form = CollectionForm(request.POST)
        if form.is_valid():
            try:
                collection = create_collection(owner=request.user, **form.cleaned_data)
            except SemblanceError as error:
                complain(form, error)
            else:
                return redirect("dashboard:upload", collection.pk)
        return render(request, "dashboard/collections/new.html", {"form": form}, status=422)


class CollectionView(Page):
    """The grid; further pages come as fragments and cost the same wherever they lie."""

    def get(self, request: Any, collection: UUID) -> HttpResponse:
        found = collection_for(request.user, collection)
        form = GridForm(request.GET)
        images = Image.objects.filter(collection=found).matching(**form.conditions())
        page = image_page(images, request.GET.get("after", ""))
        context = {"collection": found, "form": form, "page": page, "query": _query(request), "roles": Role}
        if request.htmx and request.GET.get("after"):
            return render(request, "dashboard/collections/_tiles.html", context)
        context |= {
            "counts": state_counts(found),
            "labels": _labels(found),
            "jobs": found.jobs.filter(state__in=ACTIVE_STATES),
            "narrowed": bool(form.conditions()),
        }
        return render(request, "dashboard/collections/detail.html", context)


class CollectionSettingsView(Page):
    def get(self, request: Any, collection: UUID) -> HttpResponse:
        found = collection_for(request.user, collection, Role.OWNER)
        initial = {name: getattr(found, name) for name in ("name", "slug", "description", "visibility")}
        return self._page(found, CollectionSettingsForm(initial=initial, extractors=found.extractors))

    def post(self, request: Any, collection: UUID) -> HttpResponse:
        found = collection_for(request.user, collection, Role.OWNER)
        before = dict(found.extractors)
        form = CollectionSettingsForm(request.POST, extractors=before)
        if form.is_valid():
            try:
                update_collection(collection=found, **form.changes())
            except SemblanceError as error:
                complain(form, error)
            else:
                if set(found.extractors) != set(before):
                    request_indexing(collection=found, user=request.user)
                messages.success(request, "Saved.")
                return redirect("dashboard:collection", found.pk)
        return self._page(found, form, status=422)

    def _page(self, collection: Collection, form: CollectionSettingsForm, status: int = 200) -> HttpResponse:
        uses = [(form[f"use-{d['name']}"], d) for d in form.descriptions]
        context = {"collection": collection, "form": form, "uses": uses}
        return render(self.request, "dashboard/collections/settings.html", context, status=status)


class CollectionDeleteView(Page):
    def get(self, request: Any, collection: UUID) -> HttpResponse:
        found = collection_for(request.user, collection, Role.OWNER)
        context = {"collection": found, "counts": state_counts(found)}
        return render(request, "dashboard/collections/delete.html", context)

    def post(self, request: Any, collection: UUID) -> HttpResponse:
        found = collection_for(request.user, collection, Role.OWNER)
        if request.POST.get("name", "").strip() != found.name:
            context = {"collection": found, "counts": state_counts(found), "mistyped": True}
            return render(request, "dashboard/collections/delete.html", context, status=422)
        delete_collection(collection=found)
        messages.success(request, f"“{found.name}” is deleted, with all its pictures.")
        return redirect("dashboard:home")


class ReindexView(Page):
    def post(self, request: Any, collection: UUID) -> HttpResponse:
        found = collection_for(request.user, collection, Role.EDITOR)
        request_indexing(collection=found, user=request.user)
        messages.success(request, "The features that are missing will be computed.")
        return redirect("dashboard:collection", found.pk)


class RetryFailedView(Page):
    def post(self, request: Any, collection: UUID) -> HttpResponse:
        found = collection_for(request.user, collection, Role.EDITOR)
        job = retry_failed(collection=found, user=request.user)
        return redirect("dashboard:job", job.pk)


def state_counts(collection: Collection) -> dict[str, int]:
    """Return how many images there are, and how many in each state, in one pass over an index."""
    rows = Image.objects.filter(collection=collection).order_by().values_list("state").annotate(n=Count("*"))
    counts = dict(rows)
    return {"images": sum(counts.values()), "pending": 0, "indexed": 0, "failed": 0} | counts


def _labels(collection: Collection) -> list[str]:
    labels = (
        Image.objects.filter(collection=collection).exclude(label="").order_by("label").values_list("label", flat=True)
    )
    return list(labels.distinct()[:FACETS])


def _query(request: Any) -> str:
    query = request.GET.copy()
    query.pop("after", None)
    return str(query.urlencode())
