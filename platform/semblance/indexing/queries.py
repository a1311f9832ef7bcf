"""Which feature spaces serve which collections."""

from collections.abc import Iterable
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from semblance.indexing.enums import ACTIVE_STATES, SpaceState
from semblance.indexing.models import CollectionSpace, Feature, Job

if TYPE_CHECKING:
    from semblance.accounts.models import User
from semblance.library.enums import Role
from semblance.library.models import Collection, Image


def searchable_spaces(collections: Iterable[UUID]) -> list[CollectionSpace]:
    """Return a space for each extractor and collection: the complete one, else the one being filled."""
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
    return Job.objects.filter(collection__in=Collection.objects.with_role(user, Role.EDITOR)).select_related(
        "collection"
    )


def active_jobs_for(user: "User") -> QuerySet[Job]:
    """Return the jobs that wait or run."""
    return jobs_for(user).filter(state__in=ACTIVE_STATES)


def feature_states(image: Image) -> list[tuple[CollectionSpace, bool]]:
    """Return the feature spaces of an image's collection, each with whether the image has a vector there."""
    spaces = CollectionSpace.objects.filter(collection=image.collection_id).select_related("space").order_by("space_id")
    there = set(Feature.objects.filter(collection=image.collection_id, image=image).values_list("space_id", flat=True))
    return [(space, space.space_id in there) for space in spaces]


def collections_lacking(*, extractor: str, version: str, weights_digest: str) -> QuerySet[Collection]:
    """Return the collections that use an extractor and have no complete features by this version and these weights."""
    complete = CollectionSpace.objects.filter(
        collection=OuterRef("pk"),
        space__extractor=extractor,
        space__version=version,
        space__weights_digest=weights_digest,
        state=SpaceState.SERVING,
    )
    found: QuerySet[Collection] = Collection.objects.filter(~Exists(complete), extractors__has_key=extractor)
    return found.select_related("owner").order_by("slug")
