"""Servers that lack something, shown on real ones."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import OperationalError, connections
from psycopg import sql
from psycopg.pq import TransactionStatus

from semblance.common import embedded
from semblance.common.errors import Unavailable
from semblance.common.postgres import account, requirements
from semblance.common.postgres.base import DatabaseWrapper
from semblance.settings import env


@pytest.fixture
def server(folder: Path) -> Iterator[embedded.EmbeddedPostgres]:
    server = embedded.EmbeddedPostgres(folder, durable=False)
    with psycopg.connect(server.url(role="postgres", database="postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE bare TEMPLATE template0 OWNER semblance")
    yield server
    server.release()


def _as_superuser(server: embedded.EmbeddedPostgres, *statements: str) -> None:
    with psycopg.connect(server.url(role="postgres", database="bare"), autocommit=True) as connection:
        for statement in statements:
            connection.execute(sql.SQL(statement))


def _connect(url: str, monkeypatch: pytest.MonkeyPatch) -> psycopg.Connection:
    """Connect as Django would with this DATABASE_URL."""
    monkeypatch.setenv("DATABASE_URL", url)
    settings = connections.configure_settings({"default": env.database(Path("unused"))})["default"]
    wrapper = DatabaseWrapper(settings)
    return wrapper.get_new_connection(wrapper.get_connection_params())


def test_database_without_the_extension_is_told(
    server: embedded.EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = server.url(database="bare")

    with pytest.raises(Unavailable, match=r"lacks the extension vector: let an administrator run `CREATE EXTENSION"):
        _connect(address, monkeypatch)


def test_superuser_may_go_on_and_create_the_extension(
    server: embedded.EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _connect(server.url(role="postgres", database="bare"), monkeypatch) as connection:
        transaction = connection.info.transaction_status

    assert transaction == TransactionStatus.IDLE


def test_server_without_pgvector_is_told(server: embedded.EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch) -> None:
    _as_superuser(server, "ALTER ROLE semblance SET extension_control_path = '/nowhere'")
    address = server.url(database="bare")

    with pytest.raises(Unavailable, match=r"has no pgvector: install pgvector 0\.8 or newer on it"):
        _connect(address, monkeypatch)


def test_pgvector_too_old_is_told(
    server: embedded.EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    extensions = folder / "old" / "extension"
    extensions.mkdir(parents=True)
    (extensions / "vector.control").write_text("default_version = '0.7.4'\n", encoding="ascii")
    (extensions / "vector--0.7.4.sql").write_text("SELECT 1;\n", encoding="ascii")
    account.open_the_way(account.server_account(folder / "postgres"), extensions)
    _as_superuser(server, f"SET extension_control_path = '{folder / 'old'}'", "CREATE EXTENSION vector VERSION '0.7.4'")
    address = server.url(database="bare")

    with pytest.raises(Unavailable, match=r"pgvector 0\.7\.4 is too old, Semblance needs 0\.8 or newer: install it"):
        _connect(address, monkeypatch)


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
    with pytest.raises(Unavailable, match=r"^The database of DATABASE_URL cannot be reached: .*") as caught:
        _connect(address, monkeypatch)

    assert isinstance(caught.value, OperationalError)
    assert "\n" not in caught.value.detail
    assert "secret" not in caught.value.detail
