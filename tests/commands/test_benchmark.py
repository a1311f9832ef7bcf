from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.db import connection

from semblance.accounts.models import User
from semblance.indexing.models import FeatureSpace, Job
from semblance.library.models import Collection, Image
from semblance.search.domain.benchmark import ingesting, searching
from semblance.search.models import Search
from tests.commands.conftest import Manage


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "SIZES", (100, 150))
    monkeypatch.setattr(searching, "DIMENSION", 8)
    monkeypatch.setattr(searching, "REPETITIONS", 2)
    monkeypatch.setattr(ingesting, "IMAGES", 3)
    monkeypatch.setattr(ingesting, "EXTRACTED", 3)
    monkeypatch.setattr(ingesting, "REPETITIONS", 2)


@pytest.fixture(autouse=True)
def nothing_is_left(empty_queue: None, media: Path) -> Iterator[None]:
    before = partitions()
    yield
    for model in (User, Collection, Image, FeatureSpace, Job, Search, Session):
        assert not model._default_manager.exists(), model
    assert partitions() == before
    assert [path for path in media.rglob("*") if path.is_file()] == []


def partitions() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relname LIKE 'indexing\\_feature\\__%'"
            " AND relispartition AND relkind = 'r' ORDER BY relname"
        )
        return [name for (name,) in cursor.fetchall()]


def test_search_compares_every_layer_with_bare_sql(manage: Manage) -> None:
    ran = manage("benchmark", "search", "--json")

    document = ran.document
    assert ran.code == 0
    assert (document["what"], document["baseline"], document["unit"]) == ("search", "bare SQL", "ms")
    assert [row["images"] for row in document["rows"]] == [100, 150]
    for row in document["rows"]:
        assert list(row["ways"]) == ["bare SQL", "retrieval.store", "domain search", "REST"]
        assert row["ways"]["bare SQL"]["ratio"] == 1
        assert row["ways"]["REST"]["median_ms"] > row["ways"]["retrieval.store"]["median_ms"] > 0
    assert {"processor", "cores", "memory_gib", "system"} == set(document["hardware"])
    assert {"postgresql", "pgvector"} < set(document["versions"])


def test_feedback_compares_a_refinement_with_a_first_answer(manage: Manage) -> None:
    document = manage("benchmark", "feedback", "--json").document

    for row in document["rows"]:
        assert list(row["ways"]) == ["first answer", "refinement by 20 votes"]
        assert row["ways"]["first answer"]["ratio"] == 1


def test_ingest_compares_the_pipeline_with_the_extractor_alone(manage: Manage) -> None:
    document = manage("benchmark", "ingest", "--json").document

    row = document["rows"][0]
    assert document["baseline"] == "the extractor alone on decoded pixels"
    assert row["extractor"] == "color-histogram"
    assert 0 < row["pipeline"] < min(row["store"], row["index"])
    assert row["ratio"] == pytest.approx(row["pipeline"] / row["extractor_alone"], rel=0.05)


def test_extract_compares_extractors_with_decoding(manage: Manage) -> None:
    ran = manage("benchmark", "extract")

    lines = ran.out.splitlines()
    assert lines[1] == "Medians of 2 repetitions in turns; ratio to: decode."
    assert lines[2].startswith("decode: ")
    assert lines[2].endswith(" images/s, ratio 1.0")
    assert lines[3].startswith("color-histogram: ")


def test_unknown_benchmark_is_one_line(manage: Manage) -> None:
    ran = manage("benchmark", "everything")

    message = "argument what: invalid choice: 'everything' (choose from 'ingest', 'search', 'feedback', 'extract')"
    assert (ran.code, ran.out, ran.err) == (2, "", f"Error: {message}\n")
