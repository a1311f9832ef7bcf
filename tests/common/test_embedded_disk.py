"""The embedded server on a disk that is full: a small file system of its own, which only root can mount."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from semblance.common import embedded
from semblance.common.errors import Unavailable

MEBIBYTE = 1024 * 1024


@pytest.fixture
def small_disk(folder: Path) -> Iterator[Path]:
    disk = folder / "disk"
    disk.mkdir()
    mount = ["/bin/mount", "-t", "tmpfs", "-o", "size=260m", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, stderr=subprocess.DEVNULL).returncode != 0:
        pytest.skip("only root can mount a small file system, and not in every container")
    yield disk
    subprocess.run(["/bin/umount", "-l", str(disk)], check=True)


def _fill(folder: Path) -> Path:
    path = folder / "ballast"
    with path.open("wb", buffering=0) as file:
        for size in (MEBIBYTE, 4096):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue
    return path


def test_first_start_on_a_full_disk_says_so_and_leaves_nothing(small_disk: Path) -> None:
    _fill(small_disk)

    with pytest.raises(Unavailable, match=r"is full: free some space and start again; no data was lost\.$"):
        embedded.EmbeddedPostgres(small_disk / "data").acquire()

    assert not (small_disk / "data" / "postgres").exists()


def test_start_of_existing_data_on_a_full_disk_says_so_and_keeps_them(small_disk: Path) -> None:
    server = embedded.EmbeddedPostgres(small_disk)
    with psycopg.connect(server.url()) as connection:
        connection.execute("CREATE TABLE notes (note text)")
        connection.execute("INSERT INTO notes VALUES ('kept')")
    server.release()
    ballast = _fill(small_disk)

    with pytest.raises(Unavailable, match=r"is full: free some space and start again; no data was lost\.$"):
        server.acquire()

    ballast.unlink()
    with psycopg.connect(server.url()) as connection:
        rows = connection.execute("SELECT note FROM notes").fetchall()
    server.release()
    assert rows == [("kept",)]


def test_disk_that_fills_while_running_loses_nothing_committed(small_disk: Path) -> None:
    server = embedded.EmbeddedPostgres(small_disk)
    with psycopg.connect(server.url()) as connection:
        connection.execute("CREATE TABLE notes (note text)")
        connection.execute("INSERT INTO notes VALUES ('kept')")
    ballast = _fill(small_disk)
    with pytest.raises(psycopg.OperationalError), psycopg.connect(server.url()) as connection:
        connection.execute("INSERT INTO notes SELECT repeat(md5(n::text), 100) FROM generate_series(1, 200000) n")

    ballast.unlink()

    with psycopg.connect(server.url()) as connection:
        rows = connection.execute("SELECT note FROM notes").fetchall()
    server.release()
    assert rows == [("kept",)]
