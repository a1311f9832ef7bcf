"""Files that no row names: left behind by a process that was killed between storing a file and writing its row."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from django.core.files.storage import default_storage
from django.utils import timezone

from semblance.library.models import Image

GRACE = timedelta(hours=1)
"""A file younger than this may belong to a row that is just being written."""
BATCH = 1000
UUID_LENGTH = 36

NamedFiles = Callable[[Sequence[UUID]], Collection[str]]
"""Tells which files the rows with these ids name."""


def remove_orphans(*, folder: str, named: NamedFiles) -> int:
    """Delete the old files below a folder that no row names, and tell how many; files not named after ids stay."""
    removed = 0
    for files in _batches(folder):
        known = set(named(list(files.values())))
        for name in files.keys() - known:
            removed += _removed_if_old(name)
    return removed


def image_files(images: Sequence[UUID]) -> set[str]:
    """Return the files of these images."""
    rows = Image.objects.filter(pk__in=images).values_list("original", "thumbnail")
    return {name for row in rows for name in row}


def _batches(folder: str) -> Iterator[dict[str, UUID]]:
    """Yield files with the ids they are named after, some at a time: a folder is read when it is its turn."""
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for start in range(0, len(files), BATCH):
        ids = {f"{folder}/{name}": _id(name) for name in files[start : start + BATCH]}
        yield {name: known for name, known in ids.items() if known}
    for inner in folders:
        yield from _batches(f"{folder}/{inner}")


def _id(name: str) -> UUID | None:
    with suppress(ValueError):
        return UUID(name[:UUID_LENGTH])
    return None


def _removed_if_old(name: str) -> bool:
    with suppress(FileNotFoundError):  # somebody else was quicker
        if default_storage.get_modified_time(name) < timezone.now() - GRACE:
            default_storage.delete(name)
            return True
    return False
