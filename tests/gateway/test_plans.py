"""That the views cost little: what PostgreSQL really does, and how often it is asked."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import numpy as np
import psycopg
import pytest
from django.db import connection as owner
from flask.testing import FlaskClient

from flask_gateway.queries import RELATIONS
from semblance.indexing.models import FeatureSpace
from semblance.library.enums import Visibility
from semblance.library.models import Collection, Image
from semblance.retrieval import store
from semblance.retrieval.distances import Probe
from semblance.retrieval.store import Scope
from semblance.retrieval.types import Filters
from tests.factories import make_collection
from tests.gateway.world import World, document

pytestmark = pytest.mark.django_db
DIMENSION = 32


@pytest.fixture
def crowded(world: World) -> Iterator[tuple[int, UUID]]:
    """A feature space of 30 collections with 100 images each, and one of the collections."""

    def fill() -> tuple[FeatureSpace, list[Collection]]:
        space = FeatureSpace.objects.create(extractor="plan", version="1", dimension=DIMENSION, distance="cosine")
        collections = [make_collection(world.owner, visibility=Visibility.PUBLIC) for _ in range(30)]
        with owner.cursor() as cursor:
            store.ensure_partition(cursor, space.pk)
            for collection in collections:
                images = Image.objects.bulk_create(
                    Image(collection=collection, sha256=uuid4().hex, width=1, height=1, size=1) for _ in range(100)
                )
                vectors = np.random.default_rng(1).normal(size=(100, DIMENSION)).astype(np.float32)
                store.write(cursor, space.pk, collection.pk, [image.pk for image in images], vectors)
            cursor.execute("ANALYZE indexing_feature, library_image, library_collection")
        return space, collections

    space, collections = world.commit(fill)
    yield space.pk, collections[7].pk
    world.commit(lambda: [collection.delete() for collection in collections])
    world.commit(space.delete)


@pytest.mark.parametrize("filters", [Filters(), Filters(labels=["red"])])
def test_search_reads_one_partition_by_its_primary_key(
    world: World, crowded: tuple[int, UUID], filters: Filters, statements: list[str]
) -> None:
    space, collection = crowded
    probe = Probe("cosine", np.ones(DIMENSION, np.float32), np.full(DIMENSION, 0.1, np.float32))

    with psycopg.connect(world.address, autocommit=True) as reader:
        statements.clear()
        ids, _ = store.distances(reader.cursor(), RELATIONS, Scope(space, [collection], filters), probe)
    [copied] = statements
    selected = copied.removeprefix("COPY (").removesuffix(") TO STDOUT (FORMAT binary)")
    with owner.cursor() as cursor:  # the role may not see what lies below the views, and EXPLAIN needs to
        cursor.execute(f"EXPLAIN (COSTS OFF) {selected}")
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert len(ids) == (0 if filters.labels else 100)
    assert f"using indexing_feature_{space}_pkey" in plan
    assert {word for word in plan.replace("(", " ").split() if word.startswith("indexing_feature")} == {
        f"indexing_feature_{space}_pkey",
        f"indexing_feature_{space}",
    }


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that psycopg sends, but for the pool's empty one that asks whether a connection lives."""
    sent: list[str] = []
    execute, copy = psycopg.Cursor.execute, psycopg.Cursor.copy

    def spy_execute(self, query: str, *args, **kwargs):
        if query:
            sent.append(str(query))
        return execute(self, query, *args, **kwargs)

    def spy_copy(self, statement: str, *args, **kwargs):
        sent.append(str(statement))
        return copy(self, statement, *args, **kwargs)

    monkeypatch.setattr(psycopg.Cursor, "execute", spy_execute)
    monkeypatch.setattr(psycopg.Cursor, "copy", spy_copy)
    return sent


def asked(statements: list[str], client, address: str, **body) -> int:
    statements.clear()
    response = client.post(address, json=body) if body else client.get(address)
    assert response.status_code == 200, document(response)
    return len(statements)


@pytest.mark.parametrize("limit", [1, 3])
def test_number_of_statements_does_not_grow_with_results(
    world: World, client: FlaskClient, statements: list[str], limit: int
) -> None:
    image = str(world.image(94).pk)
    examples = [str(world.image(hue).pk) for hue in (0, 90, 180)][:limit]
    search = "/v1/collections/flowers/search"
    asked(statements, client, "/v1/collections")

    counts = {
        "collections": asked(statements, client, f"/v1/collections?limit={limit}"),
        "collection": asked(statements, client, "/v1/collections/flowers"),
        "image": asked(statements, client, f"/v1/collections/flowers/images/{image}"),
        "by image": asked(statements, client, search, image=image, limit=limit),
        "by examples": asked(statements, client, search, image=image, positive=examples, limit=limit),
    }

    assert counts == {"collections": 3, "collection": 2, "image": 1, "by image": 6, "by examples": 7}


def test_key_costs_one_statement(world: World, client: FlaskClient, statements: list[str]) -> None:
    client.get("/v1/collections/flowers")
    statements.clear()

    client.get("/v1/collections/flowers", headers={"X-API-Key": world.secret})

    assert len(statements) == 3
