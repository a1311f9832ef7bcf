"""What an import reads: files, folders and archives, one image at a time, nothing unpacked to disk."""

import os
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Any

from semblance.common.context import decode_limits
from semblance.common.errors import ImageRejected, InvalidInput

ARCHIVE_SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
ARCHIVE_ENTRIES = 200_000
ARCHIVE_BYTES = 100_000_000_000
IGNORED = {"__MACOSX", "Thumbs.db", "desktop.ini"}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that may be an image; ``read`` gives its bytes or raises ImageRejected or OSError."""

    name: str
    label: str
    read: Callable[[], bytes]
    metadata: Mapping[str, Any] = field(default_factory=dict)


def candidates(paths: Sequence[Path], *, recursive: bool, labelled: bool) -> Iterator[Candidate]:
    """Yield every file below these paths, in the order of their names.

    With ``labelled`` a file's label is the name of the folder that it lies in.
    """
    for path in paths:
        for file in _files(path, recursive=recursive):
            if _is_archive(file):
                yield from _members(file, labelled=labelled)
            else:
                label = _text(file.absolute().parent.name) if labelled else ""
                yield Candidate(_text(str(file)), label, partial(_read_file, file))


def count_candidates(paths: Sequence[Path], *, recursive: bool) -> int | None:
    """Count what :func:`candidates` will yield; None where only reading an archive would tell."""
    total = 0
    for path in paths:
        for file in _files(path, recursive=recursive):
            size = _zip_entries(file) if file.suffix.lower() == ".zip" else None if _is_archive(file) else 1
            if size is None:
                return None
            total += size
    return total


def check_paths(paths: Sequence[Path]) -> None:
    """Say which of these paths leads nowhere."""
    if missing := [str(path) for path in paths if not path.exists()]:
        raise InvalidInput(f"There is nothing at {', '.join(missing)}: check the spelling.", code="no-such-path")


def _files(path: Path, *, recursive: bool) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if recursive and not _ignored(name))
        for name in sorted(names):
            if not _ignored(name):
                yield Path(folder, name)


def _ignored(name: str) -> bool:
    return name.startswith(".") or name in IGNORED


def _is_archive(path: Path) -> bool:
    return path.name.lower().endswith(ARCHIVE_SUFFIXES)


def _read_file(path: Path) -> bytes:
    if not path.is_file():
        raise ImageRejected("This is not a regular file.", code="not-a-file")
    with path.open("rb") as file:
        return _read_bounded(file)


def _read_bounded(file: IO[bytes]) -> bytes:
    """Read as much as may be an image and one byte more, which is enough for it to be refused."""
    return file.read(decode_limits().max_bytes + 1)


def _zip_entries(path: Path) -> int | None:
    try:
        with zipfile.ZipFile(path) as archive:
            return sum(not info.is_dir() and not _hidden(info.filename) for info in archive.infolist())
    except (zipfile.BadZipFile, OSError):
        return None


def _members(path: Path, *, labelled: bool) -> Iterator[Candidate]:
    """Yield an archive's files; whatever is wrong with it becomes the reason of a last, refused candidate."""
    entries = size = 0
    reader = _zip_members if path.name.lower().endswith(".zip") else _tar_members
    try:
        for name, read in reader(path):
            entries, size = entries + 1, size + read.size
            if entries > ARCHIVE_ENTRIES or size > ARCHIVE_BYTES:
                yield _refused(path, "archive-too-large", _TOO_LARGE)
                return
            inner = PurePosixPath(name.replace("\\", "/"))
            label = _text(inner.parent.name) if labelled else ""
            yield Candidate(f"{_text(str(path))}/{_text(name)}", label, read)
    except Exception as error:  # noqa: BLE001 - readers raise anything on hostile archives
        yield _refused(path, "broken-archive", f"The archive cannot be read on: {error or type(error).__name__}.")


_TOO_LARGE = (
    f"The archive holds more than {ARCHIVE_ENTRIES} files or {ARCHIVE_BYTES // 10**9} GB; the rest of it is left out:"
    " unpack it and import the folder."
)


@dataclass(frozen=True, slots=True)
class _Content:
    """What an archive holds under a name: bytes, or the reason why there are none."""

    data: bytes = b""
    code: str = ""
    detail: str = ""

    @property
    def size(self) -> int:
        return len(self.data)

    def __call__(self) -> bytes:
        if self.code:
            raise ImageRejected(self.detail, code=self.code)
        return self.data


def _zip_members(path: Path) -> Iterator[tuple[str, _Content]]:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if info.is_dir() or _hidden(info.filename):
                continue
            yield info.filename, _zip_content(archive, info)


def _zip_content(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> _Content:
    if info.flag_bits & 0x1:
        return _Content(code="encrypted", detail="This entry is encrypted: unpack the archive with its password first.")
    if info.filename.lower().endswith(ARCHIVE_SUFFIXES):
        return _NESTED
    try:
        with archive.open(info) as file:
            return _Content(_read_bounded(file))
    except Exception as error:  # noqa: BLE001 - one damaged entry is no reason to leave the others
        return _Content(code="broken", detail=f"The entry is damaged: {error or type(error).__name__}.")


def _tar_members(path: Path) -> Iterator[tuple[str, _Content]]:
    with tarfile.open(path, "r|*") as archive:
        for info in archive:
            if info.isdir() or _hidden(info.name):
                continue
            yield info.name, _tar_content(archive, info)


def _tar_content(archive: tarfile.TarFile, info: tarfile.TarInfo) -> _Content:
    if info.name.lower().endswith(ARCHIVE_SUFFIXES):
        return _NESTED
    file = archive.extractfile(info) if info.isreg() else None
    if file is None:
        return _Content(code="not-a-file", detail="Links and devices in archives are not followed.")
    with file:
        return _Content(_read_bounded(file))


_NESTED = _Content(code="nested-archive", detail="An archive inside an archive is not opened: unpack it first.")


def _hidden(name: str) -> bool:
    return any(_ignored(part) for part in PurePosixPath(name.replace("\\", "/")).parts if part not in {".", ".."})


def _refused(path: Path, code: str, detail: str) -> Candidate:
    return Candidate(_text(str(path)), "", _Content(code=code, detail=detail))


def _text(name: str) -> str:
    """Make a name of the file system fit for print and database."""
    return name.encode("utf-8", "replace").decode("utf-8")
