"""Collections whose vectors are drawn around a center for each class."""

from collections.abc import Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import numpy as np
from django.db import connection

from semblance.extractors.contract import Vectors
from semblance.indexing.domain.spaces import refresh_statistics
from semblance.indexing.enums import SpaceState
from semblance.indexing.models import CollectionSpace, FeatureSpace
from semblance.library.models import Collection, Image
from semblance.retrieval import store
from semblance.retrieval.distances import unit
from tests.factories import make_collection


def clustered_collection(
    *,
    classes: int,
    each: int,
    spread: float = 0.6,
    dimension: int = 16,
    name: str = "clusters",
    extractors: Sequence[str] = ("random",),
    seed: int = 0,
) -> Collection:
    """Make a collection of unit vectors in a feature space for each extractor; labels are class 0, class 1, …

    Ids are the same every time: halves, samples and ties go by their hashes.
    """
    generator = np.random.default_rng(seed)
    labels = [f"class {number}" for number in range(classes) for _ in range(each)]
    collection = make_collection(name=name)
    Collection.objects.filter(pk=collection.pk).update(extractors=dict.fromkeys(extractors, 1.0))
    collection.refresh_from_db()
    ids = (uuid5(NAMESPACE_URL, f"{name} {seed} {number}") for number in range(len(labels)))
    images = Image.objects.bulk_create(
        bare_image(collection, label, pk=pk) for label, pk in zip(labels, ids, strict=True)
    )
    for extractor in extractors:
        centers = generator.standard_normal((classes, dimension)) + 0.5
        drawn = np.repeat(centers, each, axis=0) + spread * generator.standard_normal((len(labels), dimension)) * 2
        fill_space(collection, extractor, images, unit(drawn.astype(np.float32)))
    return collection


def bare_image(collection: Collection, label: str, **values: Any) -> Image:
    facts = {"filename": "bare", "media_type": "image/png", "width": 1, "height": 1, "size": 0, "state": "indexed"}
    image = Image(collection=collection, label=label, **facts | values)
    image.sha256 = image.pk.hex
    return image


def fill_space(collection: Collection, extractor: str, images: Sequence[Image], vectors: Vectors) -> CollectionSpace:
    space, _ = FeatureSpace.objects.get_or_create(
        extractor=extractor, version="1", defaults={"dimension": vectors.shape[1], "distance": "cosine"}
    )
    with connection.cursor() as cursor:
        store.ensure_partition(cursor, space.pk)
        store.write(cursor, space.pk, collection.pk, [image.pk for image in images], vectors)
    filled = CollectionSpace.objects.create(collection=collection, space=space, state=SpaceState.SERVING)
    refresh_statistics(filled)
    return filled
