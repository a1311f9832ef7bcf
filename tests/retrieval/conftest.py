"""A schema with just the tables that the feature table refers to: retrieval is tested without models and migrations."""

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from semblance.common import embedded
from semblance.retrieval import store
from tests.retrieval.database import AnyConnection, Library

TABLES = """
CREATE TABLE library_collection (id uuid PRIMARY KEY);
CREATE TABLE library_image (
    id uuid PRIMARY KEY,
    collection_id uuid NOT NULL REFERENCES library_collection (id) ON DELETE CASCADE,
    label varchar(200) NOT NULL DEFAULT '',
    tags varchar(100)[] NOT NULL DEFAULT '{}',
    metadata jsonb NOT NULL DEFAULT '{}',
    state varchar(10) NOT NULL DEFAULT 'indexed'
);
CREATE INDEX ON library_image (collection_id);
CREATE TABLE indexing_featurespace (id bigint PRIMARY KEY);
"""


@pytest.fixture(scope="session")
def schema() -> Iterator[tuple[str, str]]:
    """Address of the test server, and the schema made for these tests."""
    folder = Path(os.environ.get("SEMBLANCE_DATA", "var/test"))
    address = os.environ.get("DATABASE_URL") or embedded.hold(folder, durable=False).url()
    name = f"retrieval_{os.getpid()}"
    identifier = sql.Identifier(name)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(identifier))
        connection.execute(sql.SQL("SET search_path TO {}, public").format(identifier))
        connection.execute(TABLES)
        store.create_feature_table(connection.cursor())
        yield address, name
        connection.execute(sql.SQL("SET client_min_messages TO warning"))
        connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(identifier))


def connected(schema: tuple[str, str]) -> AnyConnection:
    address, name = schema
    return psycopg.connect(address, options=f"-c search_path={name},public")


@pytest.fixture
def connection(schema: tuple[str, str]) -> Iterator[AnyConnection]:
    """A connection whose work is undone after the test."""
    with connected(schema) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def cursor(connection: AnyConnection) -> Iterator[store.AnyCursor]:
    with connection.cursor() as cursor:
        yield cursor


@pytest.fixture
def library(cursor: store.AnyCursor) -> Library:
    return Library(cursor)
