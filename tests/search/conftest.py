"""A collection of nine plain pictures in three groups of hues."""

import pytest

from semblance.indexing.domain.jobs import request_indexing
from semblance.library.models import Collection
from tests.factories import Work, make_collection, make_image

HUES = [0, 4, 8, 90, 94, 98, 180, 184, 188]


@pytest.fixture
def collection(run_jobs: Work) -> Collection:
    collection = make_collection()
    for number, hue in enumerate(HUES):
        make_image(collection, seed=number, hue=hue, label=f"hue {hue}", tags=["low"] if hue < 90 else [])
    request_indexing(collection=collection, user=None)
    run_jobs()
    return collection
