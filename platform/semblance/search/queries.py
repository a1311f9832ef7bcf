"""Searches and the votes that stand in them."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.db.models import Max, QuerySet

from semblance.accounts.models import User
from semblance.library.models import Image
from semblance.search.models import Result, Round, Search, Vote


def searches_for(user: User) -> QuerySet[Search]:
    """Return a user's own searches, newest first."""
    return Search.objects.filter(user=user)


def lineage(parents: Mapping[int, int | None], number: int) -> list[int]:
    """Return a round's number and those of its parents, newest first."""
    line: list[int] = []
    current: int | None = number
    while current is not None:
        line.append(current)
        current = parents[current]
    return line


def standing_votes(search: Search, number: int) -> dict[UUID, float]:
    """Return image → value of the votes that hold at a round: the latest on each image in its line."""
    line = lineage(dict(search.rounds.values_list("number", "parent")), number)
    return _standing(Vote.objects.filter(search=search, round__number__in=line)).get(search.pk, {})


def current_votes(searches: Iterable[Search]) -> dict[UUID, dict[UUID, float]]:
    """Return search → votes that hold at its current round, for many searches whose rounds are prefetched."""
    held: list[int] = []
    for search in searches:
        rounds = {round_.number: round_ for round_ in search.rounds.all()}
        line = lineage({number: round_.parent for number, round_ in rounds.items()}, search.current_round)
        held += [rounds[number].pk for number in line]
    return _standing(Vote.objects.filter(round__in=held))


def _standing(ledger: QuerySet[Vote]) -> dict[UUID, dict[UUID, float]]:
    latest = ledger.order_by("search_id", "user_id", "image_id", "-id").distinct("search_id", "user_id", "image_id")
    cast: dict[UUID, dict[UUID, list[float]]] = {}
    for search, image, value in latest.values_list("search_id", "image_id", "value"):
        if value:
            cast.setdefault(search, {}).setdefault(image, []).append(value)
    return {
        search: {image: sum(values) / len(values) for image, values in images.items()}
        for search, images in cast.items()
    }


def visible_results(round_: Round, user: User) -> QuerySet[Result]:
    """Return a round's results whose images the user may still see."""
    return visible_results_of([round_], user).order_by("rank")


def visible_results_of(rounds: Iterable[Round], user: User) -> QuerySet[Result]:
    """Return the results of several rounds, as far as the user may still see the images."""
    results = Result.objects.filter(round__in=list(rounds), image__in=Image.objects.visible_to(user))
    return results.select_related("image").order_by("round_id", "rank")


def next_number(search: Search) -> int:
    """Return the number of a search's next round."""
    return int(search.rounds.aggregate(Max("number"))["number__max"]) + 1


def picture_files(searches: Sequence[UUID]) -> set[str]:
    """Return the uploaded pictures of these searches."""
    return set(Search.objects.filter(pk__in=searches).values_list("file", flat=True))
