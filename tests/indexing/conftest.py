"""Plugins that exist for one test, and a second process as the database sees it."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection

from tests.commands.conftest import empty_queue
from tests.extractors.conftest import plugins_folder

__all__ = ["empty_queue", "plugins_folder"]


@pytest.fixture
def elsewhere(db: None) -> Iterator[psycopg.Connection]:
    """Another session on the test database."""
    connection.ensure_connection()
    info = connection.connection.info
    with psycopg.connect(
        host=info.host, port=info.port, dbname=info.dbname, user=info.user, password=info.password, autocommit=True
    ) as session:
        yield session
