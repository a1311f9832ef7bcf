"""Home: what is mine, what others share with me, what I searched lately and what is at work."""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpResponse
from django.shortcuts import render

from semblance.dashboard.access import Page
from semblance.dashboard.history import recent_searches
from semblance.indexing.queries import active_jobs_for
from semblance.library.enums import Role
from semblance.library.models import Collection, Image, Membership

COVER = 5
RECENT = 6


class HomeView(Page):
    def get(self, request: Any) -> HttpResponse:
        mine: list[Collection] = []
        shared: list[Collection] = []
        public: list[Collection] = []
        for collection in covered_collections(request.user):
            if collection.role_value == Role.OWNER:
                mine.append(collection)
            else:
                (shared if collection.joined else public).append(collection)
        context = {
            "mine": mine,
            "shared": shared,
            "public": public,
            "searches": recent_searches(request.user)[:RECENT],
            "jobs": active_jobs_for(request.user)[:RECENT],
        }
        return render(request, "dashboard/home.html", context)


def covered_collections(user: Any) -> QuerySet[Any]:
    """Return the collections a user may see with counts, role, membership and the ids of their newest images."""
    newest = Image.objects.filter(collection=OuterRef("pk")).order_by("-created", "-id").values("pk")[:COVER]
    visible = Collection.objects.visible_to(user).with_roles_of(user).with_counts()
    joined = Exists(Membership.objects.filter(collection=OuterRef("pk"), user=user))
    covered: QuerySet[Any] = visible.select_related("owner").annotate(cover=ArraySubquery(newest), joined=joined)
    return covered
