"""The embedded server: started, shared between processes, stopped."""

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from semblance.common import embedded
from tests.common.clusters import HOLDER, hold_elsewhere, keep, let_go, notes, postmaster


def test_first_start_makes_database_roles_and_extension(server: embedded.EmbeddedPostgres) -> None:
    with psycopg.connect(server.url()) as connection:
        roles = connection.execute(
            "SELECT rolname, rolsuper, rolcreatedb, rolcreaterole"
            " FROM pg_roles WHERE rolname LIKE 'semblance%' ORDER BY 1"
        ).fetchall()
        facts = connection.execute(
            "SELECT current_setting('server_version_num')::int / 10000, current_user, current_database(), extname"
            " FROM pg_extension WHERE extname = 'vector'"
        ).fetchall()

    assert roles == [("semblance", False, False, False), ("semblance_gateway", False, False, False)]
    assert facts == [(18, "semblance", "semblance", "vector")]


def test_gateway_role_may_connect_and_read_nothing(server: embedded.EmbeddedPostgres) -> None:
    keep(server, "private")

    connection = psycopg.connect(server.url(role=embedded.GATEWAY_ROLE))

    with connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SELECT * FROM notes")


def test_release_stops_the_server_and_keeps_the_data(data: Path) -> None:
    first = embedded.EmbeddedPostgres(data, durable=False)
    keep(first, "kept")

    first.release()

    assert postmaster(data) is None
    second = embedded.EmbeddedPostgres(data, durable=False)
    assert notes(second) == ["kept"]
    second.release()


def test_server_lives_until_its_last_user_leaves(data: Path, server: embedded.EmbeddedPostgres) -> None:
    other = hold_elsewhere(data)
    server.acquire()
    running = postmaster(data)

    let_go(other)

    assert postmaster(data) == running
    server.release()
    assert postmaster(data) is None


def test_second_start_beside_a_running_one_joins_it(data: Path, server: embedded.EmbeddedPostgres) -> None:
    server.acquire()
    running = postmaster(data)

    other = hold_elsewhere(data)
    server.release()

    assert postmaster(data) == running
    let_go(other)
    assert postmaster(data) is None


def test_many_processes_starting_at_once_share_one_server(folder: Path) -> None:
    others = [
        subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]

    addresses = {other.stdout.readline() for other in others if other.stdout}

    assert len(addresses) == 1
    for other in others:
        let_go(other)
    assert postmaster(folder) is None


def test_lost_power_settings_are_for_tests_alone(data: Path) -> None:
    server = embedded.EmbeddedPostgres(data)

    with psycopg.connect(server.url()) as connection:
        rows = connection.execute(
            "SELECT setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit')"
        ).fetchall()

    server.release()
    assert rows == [("on",), ("on",), ("on",)]
