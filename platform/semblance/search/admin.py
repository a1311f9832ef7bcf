"""Searches, rounds, the vote ledger, published queries and evaluations in the admin."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import display

from semblance.common.admin import CsvExport, ReadOnlyAdmin, counted, link_to
from semblance.indexing.admin import JOB_COLORS, JobAdmin
from semblance.indexing.domain.again import retry_job
from semblance.indexing.enums import JobKind
from semblance.indexing.models import Job
from semblance.retrieval.feedback import METHODS
from semblance.search.domain.evaluation.requests import request_evaluation
from semblance.search.domain.publishing import withdraw_search
from semblance.search.models import Evaluation, PublishedQuery, Result, Round, Search, Vote

SHOWN_DIGITS = 4

admin.site.unregister(Job)


class MethodFilter(DropdownFilter):
    """The feedback method, from the list of those there are."""

    title = "method"
    parameter_name = "method"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        return [(name, name) for name in METHODS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(method=self.value()) if self.value() else queryset


class ValueFilter(DropdownFilter):
    """Which way a vote went."""

    title = "value"
    parameter_name = "way"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        return [("gt", "More like this"), ("lt", "Less like this"), ("exact", "Withdrawn")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Vote]) -> QuerySet[Vote]:
        known = dict(self.lookup_choices)
        return queryset.filter(**{f"value__{self.value()}": 0}) if self.value() in known else queryset


class ShownInline(TabularInline):
    """Rows that only show."""

    extra = 0
    per_page = 20
    hide_title = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class RoundInline(ShownInline):
    """The rounds of a search."""

    model = Round
    fields = readonly_fields = ["link", "parent", "method", "weights", "votes", "total", "created"]

    @display(description="round")
    def link(self, round_: Round) -> str:
        return link_to(round_, str(round_.number))


class ResultInline(ShownInline):
    """The answer of a round."""

    model = Result
    fields = readonly_fields = ["rank", "image_link", "rounded_score", "rounded_distance"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Result]:
        return super().get_queryset(request).select_related("image")  # type: ignore[no-any-return]

    @display(description="image")
    def image_link(self, result: Result) -> str:
        return link_to(result.image)

    @display(description="score")
    def rounded_score(self, result: Result) -> float:
        return round(result.score, SHOWN_DIGITS)

    @display(description="distance")
    def rounded_distance(self, result: Result) -> float:
        return round(result.distance, SHOWN_DIGITS)


@admin.register(Search)
class SearchAdmin(ReadOnlyAdmin):
    """What people asked; the pictures they asked with stay theirs."""

    list_display = ["created", "person", "kind", "asked", "method", "current_round"]
    list_filter = [("user", AutocompleteSelectFilter), ("kind", ChoicesDropdownFilter), MethodFilter]
    list_select_related = ["user"]
    search_fields = ["user__username"]
    search_help_text = "User name"
    fields = readonly_fields = [
        "person", "created", "kind", "asked", "query_image", "crop", "weights", "method", "parameters", "filters",
        "limit", "exclude_query", "current_round", "id",
    ]  # fmt: skip
    inlines = [RoundInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Search]:
        return super().get_queryset(request).prefetch_related("collections")  # type: ignore[no-any-return]

    @display(description="user", ordering="user__username")
    def person(self, search: Search) -> str:
        return link_to(search.user)

    @display(description="collections")
    def asked(self, search: Search) -> str:
        return ", ".join(collection.name for collection in search.collections.all()) or "–"

    @display(description="query image")
    def query_image(self, search: Search) -> str:
        return link_to(search.image)


@admin.register(Round)
class RoundAdmin(ReadOnlyAdmin):
    """Answers, each with the way it was computed."""

    list_display = ["created", "number", "parent", "search_link", "person", "method", "votes", "total"]
    list_filter = [("search", AutocompleteSelectFilter), MethodFilter]
    list_select_related = ["search__user"]
    search_fields = ["search__user__username"]
    search_help_text = "User name"
    ordering = ["-id"]
    fields = readonly_fields = [
        "search_link", "person", "number", "parent", "method", "parameters", "weights", "votes", "total", "created",
    ]  # fmt: skip
    inlines = [ResultInline]

    @display(description="search")
    def search_link(self, round_: Round) -> str:
        return link_to(round_.search)

    @display(description="user", ordering="search__user__username")
    def person(self, round_: Round) -> str:
        return link_to(round_.search.user)


@admin.register(Vote)
class VoteAdmin(CsvExport, ReadOnlyAdmin):
    """The ledger, as it was written."""

    exported = [
        "id", "created", "user__username", "search_id", "round__number", "image_id", "image__filename", "value", "rank",
        "score",
    ]  # fmt: skip
    list_display = ["created", "person", "image_link", "value", "search_link", "round_number", "rank", "rounded_score"]
    list_filter = [("user", AutocompleteSelectFilter), ("search", AutocompleteSelectFilter), ValueFilter]
    list_select_related = ["user", "image", "search", "round"]
    search_fields = ["user__username", "image__filename", "image__label"]
    search_help_text = "User name, file name or label"
    fields = readonly_fields = [
        "person", "image_link", "value", "search_link", "round_number", "rank", "rounded_score", "created",
    ]  # fmt: skip

    @display(description="user", ordering="user__username")
    def person(self, vote: Vote) -> str:
        return link_to(vote.user)

    @display(description="image", ordering="image__filename")
    def image_link(self, vote: Vote) -> str:
        return link_to(vote.image)

    @display(description="search")
    def search_link(self, vote: Vote) -> str:
        return link_to(vote.search)

    @display(description="round", ordering="round__number")
    def round_number(self, vote: Vote) -> int:
        return vote.round.number

    @display(description="score", ordering="score")
    def rounded_score(self, vote: Vote) -> float | None:
        return None if vote.score is None else round(vote.score, SHOWN_DIGITS)


@admin.register(PublishedQuery)
class PublishedQueryAdmin(ReadOnlyAdmin):
    """Queries that the gateway answers."""

    list_display = ["key", "person", "search_link", "round_number", "created"]
    list_filter = [("search__user", AutocompleteSelectFilter)]
    list_select_related = ["search__user", "round"]
    search_fields = ["key", "search__user__username"]
    ordering = ["-created"]
    fields = readonly_fields = ["key", "person", "search_link", "round_number", "weights", "votes", "created"]
    actions = ["withdraw"]

    @display(description="user", ordering="search__user__username")
    def person(self, query: PublishedQuery) -> str:
        return link_to(query.search.user)

    @display(description="search")
    def search_link(self, query: PublishedQuery) -> str:
        return link_to(query.search)

    @display(description="round", ordering="round__number")
    def round_number(self, query: PublishedQuery) -> int:
        return query.round.number

    @admin.action(permissions=["manage"], description="Withdraw from the gateway")
    def withdraw(self, request: HttpRequest, queryset: QuerySet[PublishedQuery]) -> None:
        found = list(queryset.select_related("search"))
        for query in found:
            withdraw_search(search=query.search)
        messages.success(request, f"Withdrawn: {counted(len(found), PublishedQuery)}.")


@admin.register(Evaluation)
class EvaluationAdmin(ReadOnlyAdmin):
    """Measurements of retrieval."""

    list_display = ["created", "collection_link", "protocol", "state_label", "mean_average_precision"]
    list_filter = [("collection", AutocompleteSelectFilter), ("job__state", ChoicesDropdownFilter)]
    list_select_related = ["collection", "job"]
    search_fields = ["collection__name"]
    fields = readonly_fields = [
        "collection_link", "protocol", "state_label", "mean_average_precision", "parameters", "result", "created", "id",
    ]  # fmt: skip

    @display(description="collection", ordering="collection__name")
    def collection_link(self, evaluation: Evaluation) -> str:
        return link_to(evaluation.collection)

    @display(description="protocol")
    def protocol(self, evaluation: Evaluation) -> str:
        return str(evaluation.parameters.get("protocol", "–"))

    @display(description="state", ordering="job__state", label=JOB_COLORS)
    def state_label(self, evaluation: Evaluation) -> str:
        return evaluation.job.state

    @display(description="MAP, centred (%)")
    def mean_average_precision(self, evaluation: Evaluation) -> float | None:
        found: Any = (evaluation.result or {}).get("fused", {})
        value = found.get("centred", {}).get("map")
        return None if value is None else round(value, 1)


@admin.register(Job)
class RepeatableJobAdmin(JobAdmin):
    """Jobs of which measurements, too, can be asked for again."""

    def repeat(self, job: Job, user: Any) -> Job:
        if job.kind == JobKind.EVALUATE and not job.active:
            return request_evaluation(collection=job.collection, user=user, parameters=job.parameters).job
        return retry_job(job=job, user=user)
