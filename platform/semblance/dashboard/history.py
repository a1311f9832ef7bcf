"""Searches of the past with small previews."""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, Prefetch, QuerySet, Subquery

from semblance.accounts.models import User
from semblance.library.models import Collection, Image
from semblance.search.models import Result
from semblance.search.queries import searches_for

PREVIEWS = 5


def recent_searches(user: User) -> QuerySet[Any]:
    """Return a user's searches, newest first: rounds counted, ids of the first results and of the query image.

    Of collections and images only what the user may still see comes along.
    """
    first = (
        Result.objects.filter(
            round__search=OuterRef("pk"),
            round__number=OuterRef("current_round"),
            image__in=Image.objects.visible_to(user),
        )
        .order_by("rank")
        .values("image_id")[:PREVIEWS]
    )
    asked = Image.objects.visible_to(user).filter(pk=OuterRef("image_id")).values("pk")
    searches = searches_for(user).annotate(
        preview=ArraySubquery(first), asked=Subquery(asked), rounds_count=Count("rounds", distinct=True)
    )
    # counting groups, and grouping drops the model's own order
    ordered = searches.order_by("-created", "-id")
    return ordered.prefetch_related(Prefetch("collections", Collection.objects.visible_to(user)))
