"""One PostgreSQL cluster on disk and its server process: make, start, ask, stop."""

import os
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import psutil
import psycopg

from semblance.common.errors import Unavailable
from semblance.common.postgres import account, tuning

PORT = 5432
SUPERUSER = "postgres"
DOCUMENTATION = "docs/operating.md"
START_TIMEOUT = 120
STOP_TIMEOUT = 60

_LONGEST_SOCKET = 100
_SOCKET_LINE = 4  # of postmaster.pid
_MINIMUM_SPACE = 200 * 1024 * 1024
_LARGEST_LOG = 10 * 1024 * 1024


class Cluster:
    """A folder of PostgreSQL data; the caller serialises every call that starts or stops the server."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder
        self.log = folder / "server.log"
        self._lock = folder / "postmaster.pid"
        self.durable = durable

    # -- on disk -------------------------------------------------------------------------------------------------

    def make(self) -> None:
        """Make the cluster where there is none: whole or not at all."""
        self._check_version()
        if (self.folder / "PG_VERSION").exists():
            return
        self._check_free_for_use()
        parent = self.folder.parent
        for leftover in parent.glob(f".{self.folder.name}-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{self.folder.name}-", dir=parent))
        try:
            user = account.server_account(self.folder)
            if user is not None:
                os.chown(draft, user.pw_uid, user.pw_gid)
            account.open_the_way(user, parent)
            self._run("initdb", *_INITDB, "-D", str(draft), error="PostgreSQL could not make its data folder")
            draft.rename(self.folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def _check_version(self) -> None:
        try:
            version = (self.folder / "PG_VERSION").read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return
        except PermissionError as error:
            raise Unavailable(
                f"The database in {self.folder} belongs to another user: start Semblance as that user, "
                "or set SEMBLANCE_DATA to a folder of your own."
            ) from error
        if version != str(account.POSTGRES_VERSION):
            raise Unavailable(
                f"The data in {self.folder} is of PostgreSQL {version}, this Semblance brings "
                f"{account.POSTGRES_VERSION}; nothing was changed. Move it over as {DOCUMENTATION} says under "
                "'Another version', or set SEMBLANCE_DATA to another folder."
            )

    def _check_free_for_use(self) -> None:
        if self.folder.exists() and any(self.folder.iterdir()):
            raise Unavailable(
                f"{self.folder} holds something that is not a PostgreSQL database: move it away, "
                "or set SEMBLANCE_DATA to another folder."
            )
        if shutil.disk_usage(self.folder.parent).free < _MINIMUM_SPACE:
            raise Unavailable(_disk_full(self.folder))

    # -- the server ----------------------------------------------------------------------------------------------

    def socket_folder(self) -> Path | None:
        """Where the running server listens; ``None`` when no server answers for this cluster."""
        folder = self._announced_socket()
        deadline = time.monotonic() + START_TIMEOUT
        while folder is not None and time.monotonic() < deadline:
            try:
                with psycopg.connect(host=str(folder), port=PORT, user=SUPERUSER, dbname=SUPERUSER) as connection:
                    row = connection.execute("SHOW data_directory").fetchone()
                return folder if row and Path(row[0]).resolve() == self.folder.resolve() else None
            except psycopg.OperationalError as error:
                if "the database system is" not in str(error):
                    return None
            time.sleep(0.1)
        return None

    def lives(self) -> bool:
        """Say whether the process that the lock names is a PostgreSQL server; does not ask whether it answers."""
        try:
            process = psutil.Process(int(_lines(self._lock)[0]))
            return process.status() != psutil.STATUS_ZOMBIE and str(self.folder) in process.cmdline()
        except (IndexError, ValueError, psutil.NoSuchProcess):
            return False

    def start(self) -> Path:
        """Start the server and return the folder of its socket."""
        user = account.server_account(self.folder)
        account.open_the_way(user, self.folder.parent)
        self._shorten_log()
        sockets = self._choose_socket_folder(user.pw_uid if user else None)
        self._remove_stale_locks(sockets)
        options = ["-h", "", "-k", str(sockets), "-p", str(PORT), *tuning.server_options(durable=self.durable)]
        self._run(
            "pg_ctl", "start", "-w", "-t", str(START_TIMEOUT), "-D", str(self.folder), "-l", str(self.log),
            "-o", shlex.join(options), error="PostgreSQL did not start",
        )  # fmt: skip
        return sockets

    def stop(self) -> None:
        """Stop the server at once but cleanly: open transactions are rolled back, everything committed is kept."""
        sockets = self._announced_socket()
        self._run(
            "pg_ctl", "stop", "-w", "-t", str(STOP_TIMEOUT), "-m", "fast", "-D", str(self.folder),
            error="PostgreSQL did not stop",
        )  # fmt: skip
        if sockets is not None and sockets != self.folder:
            with suppress(OSError):  # it does no harm where it is
                sockets.rmdir()

    def _announced_socket(self) -> Path | None:
        return next((Path(line) for line in _lines(self._lock)[_SOCKET_LINE : _SOCKET_LINE + 1] if line), None)

    def _remove_stale_locks(self, sockets: Path) -> None:
        """Remove locks whose process is gone or is something else by now; PostgreSQL trusts the mere number.

        Server processes that outlived their killed postmaster end by themselves; PostgreSQL's own check of the shared
        memory keeps a second server off the data until they have.
        """
        if not self.lives():
            self._lock.unlink(missing_ok=True)
            (sockets / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)

    def _shorten_log(self) -> None:
        if self.log.exists() and self.log.stat().st_size > _LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.old"))

    def _choose_socket_folder(self, owner: int | None) -> Path:
        if _fits(self.folder):
            return self.folder
        digest = sha256(os.fsencode(self.folder.resolve())).hexdigest()[:16]
        for base in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108 - made 0700 and its owner is checked
            if _fits(folder := base / f"semblance-{digest}"):
                return _private(folder, os.geteuid() if owner is None else owner)
        raise Unavailable(f"The path {self.folder} is too long for a socket: set SEMBLANCE_DATA to a shorter one.")

    # -- running programs ----------------------------------------------------------------------------------------

    def _run(self, program: str, *arguments: str, error: str) -> None:
        position = self.log.stat().st_size if self.log.exists() else 0
        with tempfile.TemporaryFile() as output:  # a pipe would stay open in the server and never end
            result = subprocess.run(
                [account.BINARIES / program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
                cwd="/",
                check=False,
                **account.run_as(account.server_account(self.folder)),
            )
            output.seek(0)
            said = output.read().decode(errors="replace")
        if result.returncode != 0:
            raise Unavailable(self._explain(error, said, position))

    def _explain(self, error: str, said: str, position: int) -> str:
        if self.log.exists():
            with self.log.open("rb") as log:
                log.seek(position)
                said += log.read().decode(errors="replace")
        if "No space left on device" in said:
            return _disk_full(self.folder)
        reason = _first_reason(said.splitlines())
        return f"{error}: {reason}. The whole story is in {self.log}; {DOCUMENTATION} lists causes and cures."


_INITDB = (
    "--username=postgres", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
    "--auth=trust",
)  # fmt: skip


def _lines(lock: Path) -> list[str]:
    try:
        return lock.read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, PermissionError):
        return []


def _disk_full(folder: Path) -> str:
    return f"The disk that holds {folder} is full: free some space and start again; no data was lost."


def _first_reason(lines: Sequence[str]) -> str:
    for mark in ("FATAL:", "PANIC:", "error:", "ERROR:"):
        for line in lines:
            if mark in line:
                return line.partition(mark)[2].strip().rstrip(".")
    return next((line.strip() for line in reversed(lines) if line.strip()), "no reason was given")


def _fits(folder: Path) -> bool:
    return len(os.fsencode(folder / f".s.PGSQL.{PORT}.lock")) <= _LONGEST_SOCKET


def _private(folder: Path, owner: int) -> Path:
    """Make a socket folder that nobody else can have prepared or may enter: who reaches the socket is trusted."""
    try:
        folder.mkdir(mode=0o700)
        os.chown(folder, owner, -1)
    except FileExistsError:
        facts = folder.lstat()
        if facts.st_uid != owner or facts.st_mode & 0o077 or folder.is_symlink():
            raise Unavailable(
                f"{folder} belongs to somebody else: remove it, or set SEMBLANCE_DATA to a shorter path."
            ) from None
    return folder
