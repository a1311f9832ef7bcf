"""What `doctor` says of a real database and a real folder."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django.fixtures import Settings

from semblance.common import health


@pytest.fixture(autouse=True)
def places(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    settings.SEMBLANCE_WEIGHTS_DIR = tmp_path / "weights"
    settings.SEMBLANCE_EXTRACTION_SOCKET = tmp_path / "extraction.sock"


def _heartbeat(seconds_ago: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s * interval '1 second')",
            [seconds_ago],
        )


@pytest.mark.django_db
def test_database_extension_and_migrations_are_well() -> None:
    states = [health.database().state, health.vector_extension().state, health.migrations().state]

    assert states == ["ok", "ok", "ok"]


@pytest.mark.django_db
def test_migration_that_waits_is_told() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'search'")

    finding = health.migrations()

    assert (finding.state, finding.cure) == ("failed", "Run `manage.py migrate`.")


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds_ago", "state"), [(1, "ok"), (600, "warning")])
def test_worker_is_known_by_its_heartbeat(seconds_ago: int, state: str) -> None:
    _heartbeat(seconds_ago)

    assert health.worker().state == state


@pytest.mark.django_db
def test_gateway_role_is_well() -> None:
    assert health.gateway_role().state == "ok"


def test_storage_that_cannot_be_written_is_told(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "media-file").touch()
    settings.MEDIA_ROOT = tmp_path / "media-file"

    finding = health.storage()

    assert finding.state == "failed"
    assert finding.cure.startswith("Make it writable")


def test_storage_probe_leaves_nothing(media: Path) -> None:
    finding = health.storage()

    assert finding.state == "ok"
    assert [path for path in media.rglob("*") if path.is_file()] == []


def test_missing_weights_are_a_warning_with_the_cure() -> None:
    found = {finding.subject: finding for finding in health.extractors()}

    assert found["extractor color-histogram"].state == "ok"
    assert found["extractor mobilenet-v2"].state == "warning"
    assert "weights fetch mobilenet-v2" in found["extractor mobilenet-v2"].detail


def test_old_processor_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_processor_flags", lambda: {"ssse3", "sse4_1"})

    assert health.processor().detail == "lacks popcnt, sse4_2"
    assert health.processor().state == "failed"


def test_little_space_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LITTLE_SPACE", 10**18)

    assert health.free_space().state == "warning"


def test_no_space_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "NO_SPACE", 10**18)

    assert health.free_space().state == "failed"


@pytest.mark.django_db
def test_doctor_tells_every_finding_and_is_content_without_a_worker() -> None:
    out = io.StringIO()

    call_command("doctor", stdout=out, json=True)

    document = json.loads(out.getvalue())
    subjects = [finding["subject"] for finding in document["findings"]]
    assert document["healthy"] is True
    assert subjects[0] == "processor"
    assert subjects[-6:] == ["database", "pgvector", "migrations", "gateway role", "job worker", "extraction service"]


@pytest.mark.django_db
def test_doctor_ends_with_code_2_where_something_must_be_mended(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings.MEDIA_ROOT = tmp_path / "file"

    with pytest.raises(SystemExit) as caught:
        call_command("doctor", stdout=io.StringIO())

    assert caught.value.code == 2
