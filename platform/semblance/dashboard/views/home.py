"""Home: what is mine, what others share with me, what I searched lately and what is at work."""

import re
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.http import HttpResponse
from django.shortcuts import render

from semblance.dashboard.access import Page
from semblance.dashboard.history import recent_searches
from semblance.indexing.queries import active_jobs_for
from semblance.library.enums import Role
from semblance.library.models import Collection, Image
from semblance.library.querysets import CollectionQuerySet

COVER = 5
RECENT = 6
PUBLIC = 12
ABOVE_THE_FOLD = 6


class HomeView(Page):
    def get(self, request: Any) -> HttpResponse:
        joined = list(_covered(Collection.objects.joined_by(request.user), request.user))
        mine = [collection for collection in joined if collection.role_value == Role.OWNER]
        shared = [collection for collection in joined if collection.role_value != Role.OWNER]
        page = _page_number(request.GET.get("public"))
        public, further = _public(request.user, page)
        for number, collection in enumerate([*mine, *shared, *public]):
            collection.eager = number < ABOVE_THE_FOLD
        context = {
            "mine": mine,
            "shared": shared,
            "public": public,
            "older": page + 1 if further else None,
            "newer": page - 1,
            "searches": recent_searches(request.user)[:RECENT],
            "jobs": active_jobs_for(request.user)[:RECENT],
        }
        return render(request, "dashboard/home.html", context)


def _covered(collections: CollectionQuerySet, user: Any) -> CollectionQuerySet:
    """Add counts, role and the ids of the newest images."""
    newest = Image.objects.filter(collection=OuterRef("pk")).order_by("-created", "-id").values("pk")[:COVER]
    counted = collections.with_roles_of(user).with_counts().select_related("owner")
    covered: CollectionQuerySet = counted.annotate(cover=ArraySubquery(newest))
    return covered


def _public(user: Any, page: int) -> tuple[list[Any], bool]:
    """Return a page of what strangers opened to everybody, newest first, and whether there is more."""
    start = (page - 1) * PUBLIC
    newest = _covered(Collection.objects.public_beyond(user), user).order_by("-created", "-id")
    found = list(newest[start : start + PUBLIC + 1])
    return found[:PUBLIC], len(found) > PUBLIC


def _page_number(text: str | None) -> int:
    return max(1, int(text)) if text and re.fullmatch(r"[0-9]{1,6}", text) else 1
