"""Clusters of one test: begun, held by other processes, killed, and read again."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg

from semblance.common import embedded

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


def own(folder: Path, *, like: Path) -> None:
    facts = like.stat()
    for path in (folder, *folder.rglob("*")):
        os.chown(path, facts.st_uid, facts.st_gid, follow_symlinks=False)


def postmaster(data: Path) -> psutil.Process | None:
    try:
        pid = int((data / "postgres" / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
        process = psutil.Process(pid)
    except (FileNotFoundError, psutil.NoSuchProcess, IndexError, ValueError):
        return None
    return process if process.status() != psutil.STATUS_ZOMBIE and process.name() == "postgres" else None


def stop_whatever_runs(data: Path) -> None:
    if process := postmaster(data):
        process.send_signal(signal.SIGQUIT)
        wait_until(lambda: postmaster(data) is None)


def kill_all(postmaster: psutil.Process) -> None:
    family = [postmaster, *postmaster.children()]
    for process in family:
        process.kill()
    wait_until(lambda: not any(runs(process) for process in family))


def runs(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    return False


def wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def hold_elsewhere(data: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(data)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    assert process.stdout
    assert process.stdout.readline().startswith("postgresql://")
    return process


def let_go(process: subprocess.Popen[str]) -> None:
    process.communicate("\n", timeout=60)


def keep(server: embedded.EmbeddedPostgres, note: str) -> None:
    with psycopg.connect(server.url()) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS notes (note text)")
        connection.execute("INSERT INTO notes VALUES (%s)", [note])


def notes(server: embedded.EmbeddedPostgres) -> list[str]:
    with psycopg.connect(server.url()) as connection:
        return [row[0] for row in connection.execute("SELECT note FROM notes")]
