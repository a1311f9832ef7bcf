"""How fast answers come: every layer of a search beside bare SQL, and a refinement beside a first answer."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import cycle
from typing import Any
from uuid import UUID

import numpy as np
from django.conf import settings
from django.db import connection
from django.test import Client
from pgvector import HalfVector

from semblance.accounts.models import User
from semblance.indexing.models import CollectionSpace, FeatureSpace
from semblance.library.models import Collection
from semblance.retrieval import engine, store
from semblance.retrieval.distances import Probe, Vector, into_working_space
from semblance.retrieval.store import Scope
from semblance.retrieval.types import Relations, Request, SpaceQuery
from semblance.search.domain.benchmark.scratch import random_collection
from semblance.search.domain.benchmark.timing import WARM_UP, interleaved, latencies
from semblance.search.domain.progress import Progress, Steps
from semblance.search.domain.searches import create_search

SIZES = (1_000, 5_000, 20_000)
DIMENSION = 512
REPETITIONS = 20
LIMIT = 20
QUERIES = 64
VOTES = 20
BARE = "bare SQL"
FIRST = "first answer"

_STATEMENT = (
    "SELECT image_id, vector <=> %(query)s::halfvec AS distance FROM indexing_feature"
    " WHERE space_id = %(space)s AND collection_id = %(collection)s AND image_id <> %(image)s"
    " ORDER BY distance LIMIT %(limit)s"
)


class _Searcher:
    """The ways to find what is near an image, each with another image at every call."""

    def __init__(self, collection: Collection, space: FeatureSpace, ids: Sequence[UUID]) -> None:
        self.collection = collection
        self.space = space
        self.statistics = CollectionSpace.objects.get(collection=collection, space=space).statistics()
        chosen = list(ids[:QUERIES])
        with connection.cursor() as cursor:
            self.vectors = store.vectors(cursor, Relations(), space.pk, chosen)
        self._turns = cycle(chosen)
        self._votes = {image: float(place % 2 or -1) for place, image in enumerate(ids[QUERIES : QUERIES + VOTES])}

    def bare_sql(self) -> None:
        image = next(self._turns)
        query = HalfVector(self.vectors[image].astype(np.float16)).to_text()
        with connection.cursor() as cursor:
            cursor.execute(
                _STATEMENT,
                {
                    "query": query,
                    "space": self.space.pk,
                    "collection": self.collection.pk,
                    "image": image,
                    "limit": LIMIT,
                },
            )
            cursor.fetchall()

    def store_distances(self) -> None:
        image = next(self._turns)
        mean = self.statistics.mean
        vector: Vector = into_working_space(self.vectors[image], "cosine", mean)
        with connection.cursor() as cursor:
            scope = Scope(self.space.pk, (self.collection.pk,), exclude=(image,))
            store.distances(cursor, Relations(), scope, Probe("cosine", vector, mean))

    def first_answer(self) -> None:
        self._rank({})

    def refinement(self) -> None:
        self._rank(self._votes)

    def domain_search(self, user: User) -> None:
        create_search(user=user, collections=[self.collection.pk], image=next(self._turns))

    def rest(self, client: Client) -> None:
        body = {"collections": [str(self.collection.pk)], "image": str(next(self._turns)), "limit": LIMIT}
        response = client.post("/api/v1/searches/", body, content_type="application/json", secure=True)
        if response.status_code != 201:  # noqa: PLR2004
            raise RuntimeError(f"The REST search answered {response.status_code}: {response.content[:500]!r}")

    def _rank(self, votes: dict[UUID, float]) -> None:
        image = next(self._turns)
        part = SpaceQuery(
            self.space.extractor, self.space.pk, "cosine", self.vectors[image], {self.collection.pk: self.statistics}
        )
        with connection.cursor() as cursor:
            engine.rank(cursor, Request(spaces=[part], votes=votes, exclude=frozenset({image}), limit=LIMIT))


def measure_search(on_progress: Progress) -> dict[str, Any]:
    """Compare the store, the domain search and REST with the bare SQL statement that finds the same vectors."""
    return _measured(BARE, _search_ways, on_progress)


@contextmanager
def _search_ways(searcher: _Searcher) -> Iterator[dict[str, Callable[[], object]]]:
    owner = searcher.collection.owner
    User.objects.filter(pk=owner.pk).update(is_active=True)
    client = Client(HTTP_HOST=next((host for host in settings.ALLOWED_HOSTS if host[0] not in "*."), "localhost"))
    client.force_login(owner)
    try:
        yield {
            BARE: searcher.bare_sql,
            "retrieval.store": searcher.store_distances,
            "domain search": partial(searcher.domain_search, owner),
            "REST": partial(searcher.rest, client),
        }
    finally:
        client.logout()


def measure_feedback(on_progress: Progress) -> dict[str, Any]:
    """Compare a ranking from 20 votes with the same ranking without votes."""
    return _measured(FIRST, _feedback_ways, on_progress)


@contextmanager
def _feedback_ways(searcher: _Searcher) -> Iterator[dict[str, Callable[[], object]]]:
    yield {FIRST: searcher.first_answer, f"refinement by {VOTES} votes": searcher.refinement}


def _measured(baseline: str, ways_of: Any, on_progress: Progress) -> dict[str, Any]:
    rows = []
    steps = Steps(len(SIZES) * (REPETITIONS + WARM_UP), on_progress)
    for size in SIZES:
        with random_collection(size, DIMENSION) as (collection, space, ids):
            with ways_of(_Searcher(collection, space, ids)) as ways:
                seconds = interleaved(ways, REPETITIONS, steps)
            rows.append({"images": size, "dimension": DIMENSION, "ways": latencies(seconds, baseline)})
    return {"baseline": baseline, "unit": "ms", "repetitions": REPETITIONS, "limit": LIMIT, "rows": rows}
