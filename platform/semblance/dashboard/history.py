"""Searches of the past with small previews."""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, QuerySet

from semblance.accounts.models import User
from semblance.library.models import Image
from semblance.search.models import Result
from semblance.search.queries import searches_for

PREVIEWS = 5


def recent_searches(user: User) -> QuerySet[Any]:
    """Return a user's searches, newest first, with the number of rounds and the ids of the first results."""
    first = (
        Result.objects.filter(
            round__search=OuterRef("pk"),
            round__number=OuterRef("current_round"),
            image__in=Image.objects.visible_to(user),
        )
        .order_by("rank")
        .values("image_id")[:PREVIEWS]
    )
    searches = searches_for(user).annotate(preview=ArraySubquery(first), rounds_count=Count("rounds", distinct=True))
    return searches.prefetch_related("collections")
