"""The embedded PostgreSQL of one data folder, shared by all our processes: the first starts it, the last stops it.

Every process that uses the server holds a shared lock on a file beside the data. The kernel drops the lock however a
process ends, so that no list of users can go stale.
"""

import atexit
import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from semblance.common.errors import Unavailable
from semblance.common.postgres import gateway
from semblance.common.postgres.cluster import PORT, START_TIMEOUT, SUPERUSER, Cluster

DATABASE = "semblance"
OWNER = "semblance"
GATEWAY_ROLE = gateway.ROLE


class EmbeddedPostgres:
    """The server of one data folder, as one process sees it.

    Parameters
    ----------
    data : Path
        The data folder; the cluster lives in its ``postgres`` folder.
    durable : bool
        False trades safety against power loss for speed; for tests alone.
    """

    def __init__(self, data: Path, *, durable: bool = True) -> None:
        self.data = data.resolve()
        self.cluster = Cluster(self.data / "postgres", durable=durable)
        self.socket_folder: Path | None = None
        self._held: int | None = None
        self._process = os.getpid()
        self._threads = threading.Lock()

    def acquire(self) -> Path:
        """Make sure that the server runs and keep it running; return the folder of its socket.

        Raises
        ------
        Unavailable
            If it cannot run; the message says why and what to do.
        """
        with self._threads:
            if self._held is not None and self.socket_folder and self._socket_is_there():
                return self.socket_folder
            self._make_data_folder()
            with self._start_lock():
                self.cluster.make()
                self.socket_folder = self.cluster.socket_folder() or self.cluster.start()
                if self._held is None:
                    self._held = self._open("postgres.in-use")
                    fcntl.flock(self._held, fcntl.LOCK_SH)
                self._prepare()
            return self.socket_folder

    def release(self) -> None:
        """Let go of the server; the last one out stops it."""
        with self._threads:
            if self._held is None or self._process != os.getpid():
                return
            os.close(self._held)
            self._held = None
            with self._start_lock():
                others = self._open("postgres.in-use")
                try:
                    fcntl.flock(others, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return
                else:
                    if self.cluster.socket_folder() is not None:
                        self.cluster.stop()
                finally:
                    os.close(others)

    def url(self, *, role: str = OWNER, database: str = DATABASE) -> str:
        """Address for other processes; only good while this one holds the server."""
        return f"postgresql://{role}@/{database}?host={quote(str(self.acquire()), safe='')}&port={PORT}"

    def _socket_is_there(self) -> bool:
        # A clean stop removes the socket, a killed server leaves it but its lock names a process that is gone.
        if self.socket_folder is None:
            return False
        return (self.socket_folder / f".s.PGSQL.{PORT}").exists() and self.cluster.lives()

    def _make_data_folder(self) -> None:
        try:
            self.data.mkdir(parents=True, exist_ok=True)
            os.close(self._open("postgres.lock"))
        except OSError as error:
            raise Unavailable(
                f"The data folder {self.data} cannot be written ({error.strerror}): "
                "make it writable for you, or set SEMBLANCE_DATA to another folder."
            ) from error

    def _open(self, name: str) -> int:
        return os.open(self.data / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)

    @contextmanager
    def _start_lock(self) -> Iterator[None]:
        descriptor = self._open("postgres.lock")
        try:
            deadline = time.monotonic() + 2 * START_TIMEOUT
            while True:
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise Unavailable(
                            f"Another process has been starting or stopping the database in {self.data} for minutes: "
                            "look what it waits for and end it."
                        ) from None
                    time.sleep(0.05)
            yield
        finally:
            os.close(descriptor)

    def _prepare(self) -> None:
        """Make the roles and the database; the owner is no superuser, so the extension is made here as well."""
        with self._superuser("template1") as connection:
            _ensure_extension(connection)
        with self._superuser(SUPERUSER) as connection:
            _ensure_role(connection, OWNER)
            _ensure_role(connection, GATEWAY_ROLE)
            gateway.restrain(connection)
            _ensure_database(connection)
        with self._superuser(DATABASE) as connection:
            _ensure_extension(connection)

    def _superuser(self, database: str) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.socket_folder), port=PORT, user=SUPERUSER, dbname=database, autocommit=True
        )


def _ensure_extension(connection: psycopg.Connection) -> None:
    connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
    connection.execute("ALTER EXTENSION vector UPDATE")


def _ensure_role(connection: psycopg.Connection, role: str) -> None:
    if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone() is None:
        connection.execute(
            sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT").format(sql.Identifier(role))
        )


def _ensure_database(connection: psycopg.Connection) -> None:
    name, owner, reader = sql.Identifier(DATABASE), sql.Identifier(OWNER), sql.Identifier(GATEWAY_ROLE)
    if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, owner))
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
    connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, reader))


_servers: dict[Path, EmbeddedPostgres] = {}
_servers_lock = threading.Lock()


def hold(data: Path, *, durable: bool = True) -> EmbeddedPostgres:
    """Return the running server of a data folder, held by this process until it ends.

    Raises
    ------
    Unavailable
        If it cannot run; the message says why and what to do.
    """
    with _servers_lock:
        server = _servers.get(data.resolve())
        if server is None:
            server = _servers[data.resolve()] = EmbeddedPostgres(data, durable=durable)
            atexit.register(_release_at_exit, server)
    server.acquire()
    return server


def _release_at_exit(server: EmbeddedPostgres) -> None:
    with suppress(Unavailable, OSError):  # nobody is left to tell, and a server left running does no harm
        server.release()
