"""A user and collections that exist for one measurement and leave nothing behind."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import numpy as np
from django.db import connection, transaction

from semblance.accounts.models import User
from semblance.extractors.contract import Vectors
from semblance.indexing.domain.spaces import refresh_statistics
from semblance.indexing.enums import SpaceState
from semblance.indexing.models import CollectionSpace, FeatureSpace, Job
from semblance.library.domain.collections import create_collection
from semblance.library.enums import ImageState
from semblance.library.models import Collection, Image
from semblance.library.tasks import remove_collection_files
from semblance.retrieval import store
from semblance.retrieval.distances import unit

NAME = "Benchmark, may be deleted"
RANDOM_VECTORS = "benchmark-random"
CHUNK = 5000


@contextmanager
def scratch_collection(extractors: list[str]) -> Iterator[Collection]:
    """Lend an empty collection of a user of its own; with it goes everything that was put into it."""
    known = set(FeatureSpace.objects.values_list("pk", flat=True))
    user = User.objects.create(username=f"benchmark-{uuid.uuid4().hex}", is_active=False)
    collection = create_collection(owner=user, name=NAME, extractors=dict.fromkeys(extractors, 1.0))
    try:
        yield collection
    finally:
        empty_collection(collection)
        collection.delete()
        user.delete()
        for space in FeatureSpace.objects.filter(extractor__in=extractors, collections=None).exclude(pk__in=known):
            _drop(space)


def empty_collection(collection: Collection) -> None:
    """Take all images out of a collection, with their files and vectors."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM library_image WHERE collection_id = %s", [collection.pk])
    Job.objects.filter(collection=collection).delete()
    remove_collection_files(collection_id=str(collection.pk))


@contextmanager
def random_collection(images: int, dimension: int) -> Iterator[tuple[Collection, FeatureSpace, list[UUID]]]:
    """Lend a collection of images without files that have random unit vectors in a feature space of their own."""
    with scratch_collection(["color-histogram"]) as collection:
        space = FeatureSpace.objects.create(
            extractor=RANDOM_VECTORS, version=collection.pk.hex, dimension=dimension, distance="cosine"
        )
        try:
            yield collection, space, _filled(collection, space, images)
        finally:
            _drop(space)


def _drop(space: FeatureSpace) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        store.drop_partition(cursor, space.pk)
        space.delete()


def _filled(collection: Collection, space: FeatureSpace, images: int) -> list[UUID]:
    generator = np.random.default_rng(0)
    ids: list[UUID] = []
    with connection.cursor() as cursor:
        store.ensure_partition(cursor, space.pk)
    while len(ids) < images:
        size = min(CHUNK, images - len(ids))
        ids += _stored(collection, space, _random_vectors(generator, size, space.dimension))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE library_image")
        cursor.execute("ANALYZE indexing_feature")
    Collection.objects.filter(pk=collection.pk).update(extractors={RANDOM_VECTORS: 1.0})
    refresh_statistics(CollectionSpace.objects.create(collection=collection, space=space, state=SpaceState.SERVING))
    return ids


def _random_vectors(generator: np.random.Generator, rows: int, dimension: int) -> Vectors:
    """Draw unit vectors that share a direction, as those of extractors do."""
    return unit((generator.standard_normal((rows, dimension)) + 0.5).astype(np.float32))


def _stored(collection: Collection, space: FeatureSpace, vectors: Vectors) -> list[UUID]:
    rows = [
        Image(
            collection=collection,
            sha256=uuid.uuid4().hex,
            filename="random",
            media_type="image/png",
            width=1,
            height=1,
            size=0,
            state=ImageState.INDEXED,
        )
        for _ in vectors
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        Image.objects.bulk_create(rows)
        store.write(cursor, space.pk, collection.pk, [row.pk for row in rows], vectors)
    return [row.pk for row in rows]
