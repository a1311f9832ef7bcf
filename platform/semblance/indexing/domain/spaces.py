"""Which feature spaces a collection needs, their statistics, and the switch to a new one."""

from typing import TYPE_CHECKING, cast
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q
from django.dispatch import Signal

from semblance.extractors import registry
from semblance.indexing.domain.extraction import loaded_extractor
from semblance.indexing.enums import SpaceState
from semblance.indexing.models import CollectionSpace, FeatureSpace
from semblance.library.models import Collection
from semblance.retrieval import store
from semblance.retrieval.normalisation import SAMPLE_SIZE, statistics_from_sample

if TYPE_CHECKING:
    from semblance.extractors.contract import Distance

space_completed = Signal()
"""Sent at each index job's end when a space is complete, before it serves and the old one goes: ``space``."""


def usable_extractors(collection: Collection) -> list[str]:
    """Return the collection's extractors that can work here and now."""
    names = [name for name in collection.extractors if name in registry.installed()]
    return [name for name in names if loaded_extractor(name).availability().available]


def ensure_spaces(collection: Collection) -> list[CollectionSpace]:
    """Return the spaces the collection's usable extractors fill at present, made where they are missing."""
    return [_ensure_space(collection, name) for name in usable_extractors(collection)]


def _ensure_space(collection: Collection, name: str) -> CollectionSpace:
    extractor = loaded_extractor(name)
    space, _ = FeatureSpace.objects.get_or_create(
        extractor=name,
        version=extractor.version,
        weights_digest=extractor.weights_digest(),
        defaults={"dimension": extractor.dimension, "distance": extractor.distance},
    )
    with connection.cursor() as cursor:
        store.ensure_partition(cursor, space.pk)
    return CollectionSpace.objects.select_related("space").get_or_create(collection=collection, space=space)[0]


def refresh_statistics(space: CollectionSpace) -> None:
    """Measure the mean vector and the spread of distances anew."""
    with connection.cursor() as cursor:
        count = store.count(cursor, space.space_id, space.collection_id)
        mean = store.mean(cursor, space.space_id, space.collection_id) if count else None
        sample = store.sample(cursor, space.space_id, space.collection_id, SAMPLE_SIZE)
    statistics = statistics_from_sample(sample, cast("Distance", space.space.distance), mean=mean)
    space.count = count
    space.mean = mean
    space.distance_mean = statistics.distance_mean
    space.distance_deviation = statistics.distance_deviation
    space.save(update_fields=["count", "mean", "distance_mean", "distance_deviation"])


def complete_space(space: CollectionSpace) -> None:
    """Let a filled space serve, and drop the vectors of the one it replaces."""
    refresh_statistics(space)
    space_completed.send(sender=CollectionSpace, space=space)
    if space.state == SpaceState.SERVING:
        return
    with transaction.atomic():
        space.state = SpaceState.SERVING
        space.save(update_fields=["state"])
        replaced = CollectionSpace.objects.filter(
            ~Q(pk=space.pk), collection=space.collection_id, space__extractor=space.space.extractor
        )
        for old in replaced:
            _drop(old)


def forget_extractors(collection: Collection) -> None:
    """Drop the vectors of extractors that the collection no longer uses."""
    with transaction.atomic():
        for old in CollectionSpace.objects.filter(collection=collection).exclude(
            space__extractor__in=list(collection.extractors)
        ):
            _drop(old)


def _drop(space: CollectionSpace) -> None:
    with connection.cursor() as cursor:
        store.remove(cursor, space.space_id, space.collection_id)
    space.delete()


def collection_statistics_stale(collection: UUID) -> list[CollectionSpace]:
    """Return the spaces whose number of vectors is no longer the one the statistics were made from."""
    with connection.cursor() as cursor:
        return [
            space
            for space in CollectionSpace.objects.filter(collection=collection).select_related("space")
            if store.count(cursor, space.space_id, collection) != space.count
        ]
