"""The vote ledger."""

import math
from collections.abc import Mapping
from uuid import UUID

from django.db import transaction

from semblance.accounts.models import User
from semblance.common.errors import InvalidInput, NotFound
from semblance.library.domain.holding import hold_images
from semblance.library.models import Image
from semblance.search.domain.searches import get_round, hold_search
from semblance.search.models import Search, Vote
from semblance.search.queries import standing_votes


def cast_votes(*, search: Search, user: User, votes: Mapping[UUID, float]) -> dict[UUID, float]:
    """Write votes into the ledger on the current round, and return those that stand now."""
    if any(not math.isfinite(value) or not -1 <= value <= 1 for value in votes.values()):
        message = "A vote is a number from −1 to 1; 0 withdraws."
        raise InvalidInput(message, fields={"value": [message]})
    searchable = Image.objects.visible_to(user).filter(collection__searches=search, pk__in=votes)
    _check_known(votes, set(searchable.values_list("pk", flat=True)))
    round_ = get_round(search=search, number=search.current_round)
    shown = {
        r.image_id: r for r in round_.results.filter(image__in=votes).only("image_id", "rank", "score", "round_id")
    }
    with transaction.atomic():
        hold_search(search)
        _check_known(votes, hold_images(votes))
        Vote.objects.bulk_create(
            Vote(
                search=search,
                round=round_,
                user=user,
                image_id=image,
                value=value,
                rank=shown[image].rank if image in shown else None,
                score=shown[image].score if image in shown else None,
            )
            for image, value in votes.items()
        )
    return standing_votes(search, round_.number)


def _check_known(votes: Mapping[UUID, float], known: set[UUID]) -> None:
    if missing := [str(image) for image in votes if image not in known]:
        raise NotFound(f"These images are not part of this search: {', '.join(missing)}.")
