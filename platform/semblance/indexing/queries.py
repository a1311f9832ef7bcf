"""Which feature spaces serve which collections."""

from collections.abc import Iterable
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import QuerySet

from semblance.indexing.enums import ACTIVE_STATES, SpaceState
from semblance.indexing.models import CollectionSpace, Job

if TYPE_CHECKING:
    from semblance.accounts.models import User
from semblance.library.enums import Role
from semblance.library.models import Collection


def searchable_spaces(collections: Iterable[UUID]) -> list[CollectionSpace]:
    """Return one space for each extractor and collection: the complete one, or the one being filled while there is none."""
    spaces = CollectionSpace.objects.filter(collection__in=collections).select_related("space").order_by("space_id")
    chosen: dict[tuple[UUID, str], CollectionSpace] = {}
    for space in spaces:
        key = (space.collection_id, space.space.extractor)
        known = chosen.get(key)
        if known is None or known.state == SpaceState.FILLING:
            chosen[key] = space
    return list(chosen.values())


def jobs_for(user: "User") -> QuerySet[Job]:
    """Return the jobs of collections that `user` may add images to."""
    return Job.objects.filter(collection__in=Collection.objects.with_role(user, Role.EDITOR)).select_related("collection")


def active_jobs_for(user: "User") -> QuerySet[Job]:
    """Return the jobs that wait or run."""
    return jobs_for(user).filter(state__in=ACTIVE_STATES)
