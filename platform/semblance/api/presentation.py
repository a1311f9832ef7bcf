"""What the representation of searches and rounds needs, fetched for all of them at once."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Prefetch, QuerySet

from semblance.accounts.models import User
from semblance.library.models import Collection
from semblance.search.models import Result, Round, Search
from semblance.search.queries import current_votes, visible_results, visible_results_of

PREVIEW = 5
"""Results of each search that a list shows."""


def presentable(searches: QuerySet[Search], user: User) -> QuerySet[Search]:
    """Fetch along what each search shows besides results and votes."""
    visible = Prefetch("collections", Collection.objects.visible_to(user).only("pk"))
    return searches.select_related("published__round").prefetch_related("rounds", visible)


def present_searches(searches: Sequence[Search], user: User, *, places: int | None = None) -> Sequence[Search]:
    """Add results (the best `places` of them), votes and the rest to searches that :func:`presentable` fetched."""
    current = {search.pk: _current_round(search) for search in searches}
    found = visible_results_of(current.values(), user)
    results = _by_round(found if places is None else found.filter(rank__lte=places))
    votes = current_votes(searches)
    for search in searches:
        shown: Any = search
        shown.shown_collections = [collection.pk for collection in search.collections.all()]
        shown.shown_results = results.get(current[search.pk].pk, [])
        shown.shown_votes = as_votes(votes.get(search.pk, {}))
        shown.total = current[search.pk].total
        shown.publication = getattr(search, "published", None)
    return searches


def present_round(round_: Round, user: User) -> Round:
    """Add the results to a round."""
    shown: Any = round_
    shown.shown_results = list(visible_results(round_, user))
    return round_


def as_votes(votes: dict[Any, float]) -> list[dict[str, Any]]:
    """List votes in the form they are cast in."""
    return [{"image": image, "value": value} for image, value in votes.items()]


def _current_round(search: Search) -> Round:
    return next(round_ for round_ in search.rounds.all() if round_.number == search.current_round)


def _by_round(results: Iterable[Result]) -> dict[int, list[Result]]:
    found: dict[int, list[Result]] = {}
    for result in results:
        found.setdefault(result.round_id, []).append(result)
    return found
