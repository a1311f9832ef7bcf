"""Removing files behind deleted rows, and files that never got one; safe to run twice."""

from collections.abc import Sequence

from django.core.files.storage import Storage, default_storage
from procrastinate.contrib.django import app

from semblance.library.domain.collections import REMOVE_COLLECTION_FILES
from semblance.library.domain.images import REMOVE_FILES
from semblance.library.domain.orphans import image_files, remove_orphans


@app.task(name=REMOVE_FILES, queue="files", retry=5)
def remove_files(names: Sequence[str]) -> None:
    """Remove these files from storage."""
    for name in names:
        default_storage.delete(name)


@app.task(name=REMOVE_COLLECTION_FILES, queue="files", retry=5)
def remove_collection_files(collection_id: str) -> None:
    """Remove every file of a deleted collection from storage."""
    for folder in ("originals", "thumbnails"):
        _remove_tree(default_storage, f"{folder}/{collection_id}")


@app.periodic(cron="23 4 * * *")
@app.task(name="library.remove_orphaned_files", queue="files", queueing_lock="remove_orphaned_files")
def remove_orphaned_files(timestamp: int) -> None:
    """Remove what killed uploads and imports left in storage."""
    for folder in ("originals", "thumbnails"):
        remove_orphans(folder=folder, named=image_files)


def _remove_tree(storage: Storage, path: str) -> None:
    try:
        folders, files = storage.listdir(path)
    except FileNotFoundError:
        return
    for name in files:
        storage.delete(f"{path}/{name}")
    for name in folders:
        _remove_tree(storage, f"{path}/{name}")
    storage.delete(path)
