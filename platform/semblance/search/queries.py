"""Searches and the votes that stand in them."""

from uuid import UUID

from django.db.models import Max, QuerySet

from semblance.accounts.models import User
from semblance.library.models import Image
from semblance.search.models import Result, Round, Search, Vote


def searches_for(user: User) -> QuerySet[Search]:
    """Return a user's own searches, newest first."""
    return Search.objects.filter(user=user)


def lineage(search: Search, number: int) -> list[int]:
    """Return a round's number and those of its parents, newest first."""
    parents = dict(search.rounds.values_list("number", "parent"))
    line: list[int] = []
    current: int | None = number
    while current is not None:
        line.append(current)
        current = parents[current]
    return line


def standing_votes(search: Search, number: int) -> dict[UUID, float]:
    """Return image → value of the votes that hold at a round: the latest on each image in its line, withdrawn ones left out."""
    ledger = Vote.objects.filter(search=search, round__number__in=lineage(search, number))
    latest = ledger.order_by("user_id", "image_id", "-id").distinct("user_id", "image_id")
    sums: dict[UUID, list[float]] = {}
    for image, value in latest.values_list("image_id", "value"):
        if value:
            sums.setdefault(image, []).append(value)
    return {image: sum(values) / len(values) for image, values in sums.items()}


def visible_results(round_: Round, user: User) -> QuerySet[Result]:
    """Return a round's results whose images the user may still see."""
    return (
        Result.objects.filter(round=round_, image__in=Image.objects.visible_to(user))
        .select_related("image")
        .order_by("rank")
    )


def next_number(search: Search) -> int:
    """Return the number of a search's next round."""
    return int(search.rounds.aggregate(Max("number"))["number__max"]) + 1
