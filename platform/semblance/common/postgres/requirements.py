"""What Semblance needs of a PostgreSQL, and what to do where it is missing."""

from dataclasses import dataclass

import psycopg

from semblance.common.errors import Unavailable

MINIMUM_SERVER = 16
MINIMUM_VECTOR = (0, 8, 0)
RECOMMENDED_VECTOR = (0, 8, 2)
"""Earlier versions overflow a buffer when they build an HNSW index in parallel."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a server says of itself; ``vector`` is the installed version, ``available`` the one that could be."""

    server: str
    server_number: int
    vector: str | None
    available: str | None
    may_create: bool


def server_facts(connection: psycopg.Connection) -> Facts:
    row = connection.execute(
        "SELECT current_setting('server_version'), current_setting('server_version_num')::int / 10000,"
        " (SELECT extversion FROM pg_extension WHERE extname = 'vector'),"
        " (SELECT default_version FROM pg_available_extensions WHERE name = 'vector'),"
        " (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)"
    ).fetchone()
    return Facts(*row) if row else Facts("", 0, None, None, may_create=False)


def missing_requirement(facts: Facts) -> str:
    """Return one line that says what is missing and what to do, ``""`` where all is there."""
    if facts.server_number < MINIMUM_SERVER:
        return (
            f"PostgreSQL {facts.server} is too old, Semblance needs {MINIMUM_SERVER} or newer: "
            "upgrade it, or let DATABASE_URL name another server."
        )
    if facts.vector is None and facts.available is None:
        return "The PostgreSQL server has no pgvector: install pgvector 0.8 or newer on it, then start again."
    if facts.vector is None and not facts.may_create:
        return "The database lacks the extension vector: let an administrator run `CREATE EXTENSION vector` in it."
    if version_number(facts.vector or facts.available or "") < MINIMUM_VECTOR:
        return (
            f"pgvector {facts.vector or facts.available} is too old, Semblance needs 0.8 or newer: "
            "install it on the server and let an administrator run `ALTER EXTENSION vector UPDATE` in the database."
        )
    return ""


def verify(connection: psycopg.Connection) -> None:
    """Raise :class:`Unavailable` where the server or the database lacks something."""
    if problem := missing_requirement(server_facts(connection)):
        raise Unavailable(problem)


def version_number(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())
