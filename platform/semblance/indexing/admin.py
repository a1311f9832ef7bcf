"""Jobs and extractors in the admin, and what can be done about the features of collections and images."""

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.utils.text import Truncator
from procrastinate.contrib.django.models import ProcrastinateJob
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter
from unfold.decorators import display

from semblance.common.admin import ReadOnlyAdmin, counted, link_to
from semblance.common.context import extractor_context
from semblance.extractors import registry
from semblance.indexing.domain.again import reindex_images, retry_images, retry_job
from semblance.indexing.domain.extraction import is_current
from semblance.indexing.domain.jobs import cancel_job, request_indexing, retry_failed
from semblance.indexing.models import FeatureSpace, Job
from semblance.library.admin import CollectionAdmin, ImageAdmin
from semblance.library.models import Collection, Image

JOB_COLORS = {"succeeded": "success", "running": "info", "failed": "danger", "cancelled": "warning"}
SHOWN_DIGEST = 12

for model in (ProcrastinateJob, Collection, Image):
    admin.site.unregister(model)  # the queue shows as jobs; collections and images come back with actions on features


@admin.register(Collection)
class IndexedCollectionAdmin(CollectionAdmin):
    """Collections, with what can be done about their features."""

    actions = ["reindex", "retry_failed", *CollectionAdmin.actions]

    @admin.action(permissions=["change"], description="Re-index: compute missing features")
    def reindex(self, request: HttpRequest, queryset: QuerySet[Collection]) -> None:
        for collection in queryset:
            request_indexing(collection=collection, user=_user(request))
        messages.success(request, f"To be indexed: {counted(len(queryset), Collection)}.")

    @admin.action(permissions=["change"], description="Retry images that were set aside")
    def retry_failed(self, request: HttpRequest, queryset: QuerySet[Collection]) -> None:
        for collection in queryset:
            retry_failed(collection=collection, user=_user(request))
        messages.success(request, f"Failed images get another chance: {counted(len(queryset), Collection)}.")


@admin.register(Image)
class IndexedImageAdmin(ImageAdmin):
    """Images, with what can be done about their features."""

    actions = ["reindex", "retry_failed", *ImageAdmin.actions]

    @admin.action(permissions=["change"], description="Re-index: compute features anew")
    def reindex(self, request: HttpRequest, queryset: QuerySet[Image]) -> None:
        jobs = reindex_images(images=queryset, user=_user(request))
        messages.success(
            request, f"To be indexed anew: {counted(queryset.count(), Image)} in {counted(len(jobs), Job)}."
        )

    @admin.action(permissions=["change"], description="Retry those that were set aside")
    def retry_failed(self, request: HttpRequest, queryset: QuerySet[Image]) -> None:
        jobs = retry_images(images=queryset, user=_user(request))
        messages.success(request, f"Another chance in {counted(len(jobs), Job)}.")


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    """Long work, how far it is, and what stopped it."""

    list_display = [
        "kind",
        "collection_link",
        "state_label",
        "progress",
        "failed",
        "speed",
        "left",
        "created",
        "reason",
    ]
    list_filter = [
        ("state", ChoicesDropdownFilter),
        ("kind", ChoicesDropdownFilter),
        ("collection", AutocompleteSelectFilter),
    ]
    list_select_related = ["collection"]
    search_fields = ["collection__name", "error"]
    fields = [
        "kind", "collection_link", "state_label", "progress", "failed", "speed", "left", "error", "parameters",
        "requested_by", "created", "started", "finished", "id",
    ]  # fmt: skip
    readonly_fields = fields
    actions = ["cancel", "retry"]

    @display(description="collection", ordering="collection__name")
    def collection_link(self, job: Job) -> str:
        return link_to(job.collection)

    @display(description="state", ordering="state", label=JOB_COLORS)
    def state_label(self, job: Job) -> str:
        return job.state

    @display(description="done")
    def progress(self, job: Job) -> str:
        percent = f" ({100 * job.done // job.total} %)" if job.total else ""
        return f"{job.done:,} of {job.total:,}{percent}"

    @display(description="images/s")
    def speed(self, job: Job) -> float | None:
        return job.rate

    @display(description="time left")
    def left(self, job: Job) -> str:
        return "–" if job.eta is None else str(timedelta(seconds=round(job.eta)))

    @display(description="error")
    def reason(self, job: Job) -> str:
        return Truncator(job.error).chars(80)

    @admin.action(permissions=["manage"], description="Cancel after the present batch")
    def cancel(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        for job in queryset:
            cancel_job(job=job)
        messages.success(request, f"Cancelled: {counted(len(queryset), Job)}.")

    @admin.action(permissions=["manage"], description="Retry")
    def retry(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        jobs = {self.repeat(job, request.user) for job in queryset}
        messages.success(request, f"Queued: {counted(len(jobs), Job)}.")

    def repeat(self, job: Job, user: Any) -> Job:
        """Do the work of a job again."""
        return retry_job(job=job, user=user)


@admin.register(FeatureSpace)
class FeatureSpaceAdmin(ReadOnlyAdmin):
    """Extractors that are installed here, and the feature spaces that collections have of them."""

    list_display = [
        "extractor",
        "version",
        "weights",
        "dimension",
        "distance",
        "collection_count",
        "vectors",
        "current",
    ]
    list_before_template = "admin/indexing/installed_extractors.html"
    search_fields = ["extractor", "version"]
    ordering = ["extractor", "-id"]
    fields = readonly_fields = [
        "extractor", "version", "weights_digest", "dimension", "distance", "collection_count", "vectors", "current",
        "created",
    ]  # fmt: skip

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        installed = {"title": "Extractors", "installed": _installed(), "problems": _problems()}
        return super().changelist_view(request, installed | (extra_context or {}))  # type: ignore[no-any-return]

    def get_queryset(self, request: HttpRequest) -> QuerySet[FeatureSpace]:
        counts = {"used_by": Count("collections"), "held": Coalesce(Sum("collections__count"), 0)}
        return super().get_queryset(request).annotate(**counts)  # type: ignore[no-any-return]

    @display(description="weights")
    def weights(self, space: FeatureSpace) -> str:
        return space.weights_digest[:SHOWN_DIGEST] or "–"

    @display(description="collections", ordering="used_by")
    def collection_count(self, space: Any) -> int:
        return int(space.used_by)

    @display(description="vectors", ordering="held")
    def vectors(self, space: Any) -> int:
        return int(space.held)

    @display(description="installed", boolean=True)
    def current(self, space: FeatureSpace) -> bool:
        return is_current(space)


def _installed() -> dict[str, Any]:
    context = extractor_context()
    rows = [(registry.describe(name, context), registry.get(name, context)) for name in registry.installed()]
    return {
        "headers": ["extractor", "version", "kind", "dimension", "distance", "available", "weights", "description"],
        "rows": [
            [
                found["name"], found["version"], found["kind"], found["dimension"], found["distance"],
                "yes" if found["available"] else f"no: {found['reason']}",
                extractor.weights_digest()[:SHOWN_DIGEST] or "–",
                found["description"],
            ]
            for found, extractor in rows
        ],
    }  # fmt: skip


def _problems() -> dict[str, Any]:
    found = registry.problems(extractor_context())
    rows = [[problem.extractor, problem.message, problem.hint] for problem in found]
    return {"headers": ["extractor", "what is wrong", "what to do"], "rows": rows}


def _user(request: HttpRequest) -> Any:
    return request.user
