"""Home: what is mine, what others share with me, what I searched lately and what is at work."""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.http import HttpResponse
from django.shortcuts import render

from semblance.dashboard.access import Page
from semblance.dashboard.history import recent_searches
from semblance.indexing.queries import active_jobs_for
from semblance.library.enums import Role
from semblance.library.models import Collection, Image

COVER = 5
RECENT = 6


class HomeView(Page):
    def get(self, request: Any) -> HttpResponse:
        mine, shared, public = [], [], []
        for collection in covered_collections(request.user):
            if collection.owner_id == request.user.pk or collection.role_value == Role.OWNER:
                mine.append(collection)
            elif collection.visibility == "public" and not collection.joined:
                public.append(collection)
            else:
                shared.append(collection)
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
    covered: QuerySet[Any] = visible.select_related("owner").annotate(cover=ArraySubquery(newest))
    return covered
