"""The gateway's connections to PostgreSQL."""

import select
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, cast

import psycopg
from flask import current_app
from psycopg_pool import ConnectionPool

Connection = psycopg.Connection[tuple[Any, ...]]

EXTENSION: Final = "semblance.database"
PATIENCE: Final = 5.0
"""Seconds that a request waits for a connection before it is told to come again."""
SAFETY: Final = "-c default_transaction_read_only=on -c statement_timeout=10s"
"""The role has these as well, where whoever made it was allowed to say so."""


class Database:
    """A pool of connections, opened by the first request: a server may fork after the application was made."""

    def __init__(self, url: str, connections: int) -> None:
        self._pool = ConnectionPool(
            url,
            kwargs={
                "autocommit": True,
                "options": SAFETY,
                "application_name": "semblance-gateway",
                "connect_timeout": 5,
            },
            min_size=1,
            max_size=connections,
            timeout=PATIENCE,
            check=_check,
            open=False,
            name="gateway",
        )

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Lend a connection; statements are read-only and each stands for itself."""
        self._pool.open()
        with self._pool.connection() as connection:
            yield connection

    def close(self) -> None:
        self._pool.close()


def _check(connection: Connection) -> None:
    """Ask a connection whether it lives, but only where the server has said something unasked, its farewell maybe."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        ConnectionPool.check_connection(connection)


def database() -> Database:
    return cast(Database, current_app.extensions[EXTENSION])
