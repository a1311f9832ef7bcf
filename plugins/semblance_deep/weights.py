"""A weights file on disk: installed whole or not at all, its SHA-256 known without reading it again."""

import hashlib
import json
import os
import shutil
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_HEX_DIGITS = 64


class WeightsFile:
    """``<folder>/<name>.pth`` and, beside it, ``<name>.json`` with its SHA-256, size and time of change.

    The size and the time tell whether the recorded SHA-256 still belongs to the file, so that a file put there by hand
    or a crash between two writes cannot give vectors the digest of other weights.

    Parameters
    ----------
    folder : Path
        Need not exist before :meth:`install`.
    name : str
        File name without suffix.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.path = folder / f"{name}.pth"
        self._record = folder / f"{name}.json"
        self._known: tuple[tuple[int, int], str] | None = None

    def exists(self) -> bool:
        """Say whether the file is there."""
        return self.path.is_file()

    def digest(self) -> str:
        """Return the SHA-256 of the file in hex, ``""`` where it is missing; it is read only when it has changed."""
        try:
            stamp = _stamp(self.path)
        except FileNotFoundError:
            return ""
        if self._known is None or self._known[0] != stamp:
            self._known = stamp, self._recorded(stamp) or self._record_digest(stamp)
        return self._known[1]

    def install(self, source: Path, check: Callable[[Path], None]) -> str:
        """Copy ``source`` into place and return its SHA-256.

        Parameters
        ----------
        source : Path
        check : callable
            Given the copy before it takes its place; what it raises leaves everything as it was.
        """
        folder = self.path.parent
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".incoming-") as incoming:
            copy = Path(incoming) / source.name
            shutil.copyfile(source, copy)
            check(copy)
            _sync(copy)
            copy.replace(self.path)
        digest = self.digest()
        _sync(folder)
        return digest

    def _recorded(self, stamp: tuple[int, int]) -> str:
        """Return the recorded SHA-256 if it belongs to the file of this size and time of change."""
        try:
            record = json.loads(self._record.read_text())
            digest = record["sha256"]
            fresh = [record["size"], record["changed"]] == list(stamp) and len(digest) == _HEX_DIGITS
        except (OSError, ValueError, TypeError, KeyError):
            return ""
        return str(digest) if fresh else ""

    def _record_digest(self, stamp: tuple[int, int]) -> str:
        with self.path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        text = json.dumps({"sha256": digest, "size": stamp[0], "changed": stamp[1]})
        with suppress(OSError):  # a folder that cannot be written to costs another reading a process, no more
            _write(self._record, text)
        return digest


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write(path: Path, text: str) -> None:
    """Replace a small file whole, so that nobody ever reads half of it."""
    part = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
    part.write_text(text)
    _sync(part)
    part.replace(path)
