"""What PostgreSQL itself refuses to the gateway's role."""

import logging
from collections.abc import Iterator
from importlib import import_module
from uuid import uuid4

import psycopg
import pytest
from django.db import connection as owner
from psycopg import sql

from semblance.common.postgres import gateway
from tests.gateway.world import World

pytestmark = pytest.mark.django_db
VIEWS = {
    "api_keys_v1",
    "collections_v1",
    "features_v1",
    "images_v1",
    "published_queries_v1",
    "published_vectors_v1",
    "spaces_v1",
}
REFUSALS = (
    psycopg.errors.InsufficientPrivilege,
    psycopg.errors.WrongObjectType,  # no table
    psycopg.errors.ObjectNotInPrerequisiteState,  # a view of several tables
)
migration = import_module("semblance.search.migrations.0003_gateway_views")


@pytest.fixture
def reader(world: World) -> Iterator[psycopg.Connection]:
    with psycopg.connect(world.address, autocommit=True) as connection:
        yield connection


def relations(schema: str) -> list[str]:
    with owner.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(%s) AND relkind = ANY(%s)",
            [schema, list("rpvmS")],
        )
        return [name for (name,) in cursor.fetchall()]


def test_role_reads_every_view(reader: psycopg.Connection) -> None:
    assert set(relations("gateway")) == VIEWS
    for view in VIEWS:
        reader.execute(sql.SQL("SELECT * FROM gateway.{}").format(sql.Identifier(view)))


def test_role_reads_no_table(reader: psycopg.Connection) -> None:
    tables = relations("public")

    assert {"library_image", "search_vote", "accounts_user", "indexing_feature", "knox_authtoken"} <= set(tables)
    assert any(name.startswith("indexing_feature_") for name in tables)
    for table in tables:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute(sql.SQL("SELECT FROM {}").format(sql.Identifier("public", table)))


@pytest.mark.parametrize("statement", ["INSERT INTO {} DEFAULT VALUES", "DELETE FROM {}", "TRUNCATE {}"])
def test_role_writes_nothing_even_where_it_asks_for_write_access(reader: psycopg.Connection, statement: str) -> None:
    reader.execute("SET default_transaction_read_only = off")

    for schema in ("public", "gateway"):
        for relation in relations(schema):
            with pytest.raises(REFUSALS):
                reader.execute(sql.SQL(statement).format(sql.Identifier(schema, relation)))


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE public.own (n int)",
        "CREATE TABLE gateway.own (n int)",
        "CREATE SCHEMA own",
        "CREATE ROLE own",
        "SET ROLE semblance",
        "ALTER ROLE semblance_gateway SUPERUSER",
        "COPY (SELECT 1) TO '/tmp/own'",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT setval('django_migrations_id_seq', 1)",
    ],
)
def test_role_makes_and_changes_nothing(reader: psycopg.Connection, statement: str) -> None:
    reader.execute("SET default_transaction_read_only = off")

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        reader.execute(statement)


def test_transactions_are_read_only_and_short_by_default(reader: psycopg.Connection) -> None:
    settings = [
        reader.execute(f"SHOW {name}").fetchone() for name in ("default_transaction_read_only", "statement_timeout")
    ]

    assert settings == [("on",), ("10s",)]


def test_views_leak_nothing_through_errors_of_conditions(world: World, reader: psycopg.Connection) -> None:
    """A condition that fails on a private row would tell of it, were it tried before the row is left out."""
    rows = reader.execute(
        "SELECT label FROM gateway.images_v1 WHERE 1 / (CASE label WHEN 'secret' THEN 0 ELSE 1 END) = 1"
    )
    world.commit(lambda: world.closed.images.filter(label="hue 94").update(label="secret"))
    try:
        again = reader.execute(
            "SELECT label FROM gateway.images_v1 WHERE 1 / (CASE label WHEN 'secret' THEN 0 ELSE 1 END) = 1"
        )
    finally:
        world.commit(lambda: world.closed.images.filter(label="secret").update(label="hue 94"))

    assert rows.rowcount == again.rowcount == 10


def test_views_show_rows_of_public_collections_only(world: World, reader: psycopg.Connection) -> None:
    public = {world.flowers.pk, world.fresh.pk}

    assert {row[0] for row in reader.execute("SELECT id FROM gateway.collections_v1")} == public
    assert {row[0] for row in reader.execute("SELECT collection_id FROM gateway.images_v1")} == public
    assert {row[0] for row in reader.execute("SELECT collection_id FROM gateway.features_v1")} == {world.flowers.pk}
    assert {row[0] for row in reader.execute("SELECT collection_id FROM gateway.spaces_v1")} == {world.flowers.pk}
    assert reader.execute("SELECT count(*) FROM gateway.features_v1").fetchone() == (9,)


def test_complaint_finds_nothing_to_say_of_the_role(world: World) -> None:
    owner.ensure_connection()

    assert gateway.complaint(owner.connection) == ""


@pytest.mark.parametrize(
    ("grant", "said"),
    [
        (f"GRANT SELECT (id) ON search_vote TO {gateway.ROLE}", "REVOKE ALL ON search_vote FROM"),
        (f"GRANT DELETE ON gateway.images_v1 TO {gateway.ROLE}", "REVOKE ALL ON gateway.images_v1 FROM"),
        ("GRANT SELECT ON library_image TO PUBLIC", "REVOKE ALL ON library_image FROM"),
        ("REVOKE SELECT ON gateway.spaces_v1 FROM semblance_gateway", "GRANT SELECT ON ALL TABLES IN SCHEMA gateway"),
        (f"REVOKE USAGE ON SCHEMA gateway FROM {gateway.ROLE}", "GRANT USAGE ON SCHEMA gateway"),
    ],
)
def test_complaint_names_what_is_wrong(world: World, grant: str, said: str) -> None:
    with owner.cursor() as cursor:
        cursor.execute(grant)

    assert said in gateway.complaint(owner.connection)


def test_complaint_asks_for_a_role_that_is_missing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "ROLE", "semblance_nobody")

    owner.ensure_connection()

    assert gateway.MAKE_BY_HAND in gateway.complaint(owner.connection)


def test_migration_goes_on_where_it_may_not_make_the_role(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    for name in ("ROLE", "MAKE_ROLE"):
        monkeypatch.setattr(migration, name, getattr(migration, name).replace(gateway.ROLE, "semblance_nobody"))

    with owner.schema_editor() as editor:
        migration.admit_role(None, editor)

    [record] = caplog.records
    assert "CREATE ROLE semblance_nobody LOGIN PASSWORD '…'; GRANT USAGE ON SCHEMA gateway" in record.getMessage()


def test_migration_makes_a_restrained_role_where_it_may(world: World) -> None:
    made = f"semblance_{uuid4().hex[:8]}"
    superuser = psycopg.conninfo.make_conninfo(world.address, user="postgres")
    with psycopg.connect(superuser, autocommit=True) as connection:
        for _ in range(2):
            connection.execute(migration.MAKE_ROLE.replace(gateway.ROLE, made))
        facts = connection.execute(
            "SELECT rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolconfig FROM pg_roles WHERE rolname = %s",
            (made,),
        ).fetchone()
        connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(made)))

    assert facts == (True, False, False, False, ["default_transaction_read_only=on", "statement_timeout=10s"])
