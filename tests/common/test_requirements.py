"""Servers that lack something, shown on real ones."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import OperationalError, connections
from psycopg import sql

from semblance.common import embedded
from semblance.common.errors import Unavailable
from semblance.common.postgres import account, requirements
from semblance.common.postgres.base import DatabaseWrapper
from semblance.settings import env


@pytest.fixture
def server(tmp_path: Path) -> Iterator[embedded.EmbeddedPostgres]:
    server = embedded.EmbeddedPostgres(tmp_path, durable=False)
    with psycopg.connect(server.url(role="postgres", database="postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE bare TEMPLATE template0 OWNER semblance")
    yield server
    server.release()


def _as_superuser(server: embedded.EmbeddedPostgres, *statements: str) -> None:
    with psycopg.connect(server.url(role="postgres", database="bare"), autocommit=True) as connection:
        for statement in statements:
            connection.execute(sql.SQL(statement))


def _django_connection(url: str, monkeypatch: pytest.MonkeyPatch) -> DatabaseWrapper:
    monkeypatch.setenv("DATABASE_URL", url)
    settings = env.database(Path("unused"))
    return DatabaseWrapper(connections.configure_settings({"default": settings})["default"])


def test_database_without_the_extension_is_told(
    server: embedded.EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = _django_connection(server.url(database="bare"), monkeypatch)

    with pytest.raises(Unavailable, match=r"lacks the extension vector: let an administrator run `CREATE EXTENSION"):
        connection.connect()


def test_superuser_may_go_on_and_create_the_extension(
    server: embedded.EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = _django_connection(server.url(role="postgres", database="bare"), monkeypatch)

    connection.connect()

    assert connection.connection.info.dbname == "bare"
    connection.close()


def test_server_without_pgvector_is_told(server: embedded.EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch) -> None:
    _as_superuser(server, "ALTER ROLE semblance SET extension_control_path = '/nowhere'")
    connection = _django_connection(server.url(database="bare"), monkeypatch)

    with pytest.raises(Unavailable, match=r"has no pgvector: install pgvector 0\.8 or newer on it"):
        connection.connect()


def test_pgvector_too_old_is_told(
    server: embedded.EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    extensions = tmp_path / "old" / "extension"
    extensions.mkdir(parents=True)
    (extensions / "vector.control").write_text("default_version = '0.7.4'\n", encoding="ascii")
    (extensions / "vector--0.7.4.sql").write_text("SELECT 1;\n", encoding="ascii")
    account.open_the_way(account.server_account(tmp_path / "postgres"), extensions)
    _as_superuser(
        server, f"SET extension_control_path = '{tmp_path / 'old'}'", "CREATE EXTENSION vector VERSION '0.7.4'"
    )
    connection = _django_connection(server.url(database="bare"), monkeypatch)

    with pytest.raises(Unavailable, match=r"pgvector 0\.7\.4 is too old, Semblance needs 0\.8 or newer: install it"):
        connection.connect()


def test_postgresql_too_old_is_told() -> None:
    facts = requirements.Facts("15.9", 15, "0.8.5", "0.8.5", may_create=False)

    problem = requirements.missing_requirement(facts)

    assert problem == (
        "PostgreSQL 15.9 is too old, Semblance needs 16 or newer: upgrade it, or let DATABASE_URL name another server."
    )


@pytest.mark.parametrize(
    "address",
    ["postgresql://somebody:secret@127.0.0.1:1/semblance", "postgresql://somebody:secret@/semblance?host=/nowhere"],
)
def test_unreachable_database_is_told_in_one_line_without_the_password(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = _django_connection(address, monkeypatch)

    with pytest.raises(Unavailable, match=r"^The database of DATABASE_URL cannot be reached: .*") as caught:
        connection.connect()

    assert isinstance(caught.value, OperationalError)
    assert "\n" not in caught.value.detail
    assert "secret" not in caught.value.detail
