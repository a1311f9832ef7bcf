"""What a round looks like: its places with votes and movement, and the strip of rounds to go back along."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from semblance.accounts.models import User
from semblance.library.models import Image
from semblance.search.domain.searches import get_round
from semblance.search.models import Result, Round, Search
from semblance.search.queries import standing_votes, visible_results

PREVIEWS = 3


@dataclass(frozen=True, slots=True)
class Place:
    """One result; `moved` is how many places it rose since the round before (negative: fell), None if it is new."""

    result: Result
    vote: float
    moved: int | None
    compared: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """What a round changed against the one before."""

    new: int
    up: int
    down: int


@dataclass(frozen=True, slots=True)
class Step:
    """One round in the strip, with the ids of its first images."""

    round: Round
    preview: Sequence[UUID]
    shown: bool

    @property
    def branched(self) -> bool:
        """Whether it went on from another round than the one before it."""
        return self.round.parent not in {None, self.round.number - 1}


@dataclass(frozen=True, slots=True)
class RoundView:
    """Everything the page of a round shows."""

    round: Round
    places: Sequence[Place]
    changes: Changes | None
    steps: Sequence[Step]
    more: int
    less: int
    latest: bool

    @property
    def more_elsewhere(self) -> int:
        """Votes for pictures that this round does not show."""
        return self.more - sum(place.vote > 0 for place in self.places)

    @property
    def less_elsewhere(self) -> int:
        """Votes against pictures that this round does not show."""
        return self.less - sum(place.vote < 0 for place in self.places)


def round_view(search: Search, number: int, user: User) -> RoundView:
    """Gather what the page of a round shows, in a number of queries that does not grow with it."""
    shown = get_round(search=search, number=number)
    results = list(visible_results(shown, user))
    votes = standing_votes(search, number)
    before = None if shown.parent is None else _ranks(search, shown.parent, user)
    return RoundView(
        round=shown,
        places=[_place(result, votes, before) for result in results],
        changes=None if before is None else _changes(results, before),
        steps=_steps(search, number, user),
        more=sum(value > 0 for value in votes.values()),
        less=sum(value < 0 for value in votes.values()),
        latest=number == search.current_round,
    )


def _ranks(search: Search, number: int, user: User) -> dict[UUID, int]:
    rows = Result.objects.filter(round__search=search, round__number=number, image__in=Image.objects.visible_to(user))
    return dict(rows.values_list("image_id", "rank"))


def _place(result: Result, votes: dict[UUID, float], before: dict[UUID, int] | None) -> Place:
    known = None if before is None else before.get(result.image_id)
    moved = None if known is None else known - result.rank
    return Place(result, votes.get(result.image_id, 0), moved, before is not None)


def _changes(results: Sequence[Result], before: dict[UUID, int]) -> Changes:
    moves = [before[r.image_id] - r.rank for r in results if r.image_id in before]
    return Changes(
        new=len(results) - len(moves),
        up=sum(move > 0 for move in moves),
        down=sum(move < 0 for move in moves),
    )


def _steps(search: Search, number: int, user: User) -> list[Step]:
    previews: dict[int, list[UUID]] = {}
    for round_id, image in _first_results(search, user).values_list("round_id", "image_id"):
        previews.setdefault(round_id, []).append(image)
    return [Step(r, previews.get(r.pk, [])[:PREVIEWS], r.number == number) for r in search.rounds.order_by("number")]


def _first_results(search: Search, user: User) -> QuerySet[Result]:
    return Result.objects.filter(
        round__search=search, rank__lte=PREVIEWS, image__in=Image.objects.visible_to(user)
    ).order_by("round_id", "rank")
