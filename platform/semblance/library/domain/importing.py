"""Bring many images into a collection; breaking off and repeating are safe."""

import mimetypes
import os
from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier

from django.db import connection

from semblance.accounts.models import User
from semblance.common.errors import ImageRejected, InvalidInput, SemblanceError
from semblance.library.domain.collections import create_collection, update_collection, weighed_extractors
from semblance.library.domain.images import store_image, update_image
from semblance.library.domain.import_sources import Candidate
from semblance.library.domain.lookup import likely_owner, matching_collections
from semblance.library.models import Collection, Image

WORKERS = min(4, 2 * (os.cpu_count() or 1))
STORED, DUPLICATES, REJECTED = "stored", "duplicates", "rejected"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file; ``code`` and ``detail`` say why it was rejected."""

    name: str
    kind: str
    code: str = ""
    detail: str = ""
    labelled: bool = False


def open_collection(*, reference: str, owner: User | None, extractors: Iterable[str]) -> tuple[Collection, bool]:
    """Return the collection that a reference means, made where it is missing, and whether it was made.

    Named extractors become the collection's; those it has keep their weights.
    """
    found = matching_collections(reference=reference, owner=owner)
    if len(found) > 1:
        user = owner or likely_owner()
        found = [collection for collection in found if collection.owner_id == user.pk]
    names = list(extractors)
    if not found:
        return _new_collection(reference, owner or likely_owner(), names), True
    [collection] = found[:1]
    wanted = weighed_extractors(names, present=collection.extractors)
    if names and wanted != collection.extractors:
        update_collection(collection=collection, extractors=wanted)
    return collection, False


def _new_collection(reference: str, owner: User, extractors: list[str]) -> Collection:
    username, _, name = reference.rpartition("/")
    if username and username != owner.username:
        raise InvalidInput(f"{username} has no collection “{name}”; --owner {username} makes one.")
    return create_collection(owner=owner, name=name, extractors=weighed_extractors(extractors, present={}) or None)


def import_images(
    *, collection: Collection, user: User | None, candidates: Iterable[Candidate], workers: int = WORKERS
) -> Generator[Outcome, None, None]:
    """Store images one by one, several at a time; what is there already is recognised, what cannot be stored is told.

    At most two files a worker are on their way, so that memory does not grow with the import.
    """
    waiting: deque[Future[Outcome]] = deque()
    with ThreadPoolExecutor(workers, thread_name_prefix="import") as pool:
        try:
            for candidate in candidates:
                waiting.append(pool.submit(_import_one, collection, user, candidate))
                if len(waiting) >= 2 * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
            everybody = Barrier(workers)
            for _ in range(workers):
                pool.submit(_hang_up, everybody)


def _hang_up(everybody: Barrier) -> None:
    """Close a worker's database connection; the barrier sees to it that each worker does so once."""
    everybody.wait()
    connection.close()


def _import_one(collection: Collection, user: User | None, candidate: Candidate) -> Outcome:
    try:
        data = candidate.read()
    except OSError as error:
        return Outcome(candidate.name, REJECTED, "unreadable", f"The file cannot be read: {error.strerror or error}.")
    except ImageRejected as error:
        return Outcome(candidate.name, REJECTED, error.code, error.detail)
    try:
        stored = store_image(
            collection=collection,
            data=data,
            filename=candidate.name,
            user=user,
            label=candidate.label,
            metadata=candidate.metadata,
        )
    except SemblanceError as error:
        return _rejected(candidate.name, data, error)
    if not stored.duplicate:
        return Outcome(candidate.name, STORED)
    return Outcome(candidate.name, DUPLICATES, labelled=_label_if_bare(stored.image, candidate.label))


def _label_if_bare(image: Image, label: str) -> bool:
    """Label an image that was here without a label: a second import may know more than the first."""
    if image.label or not label:
        return False
    update_image(image=image, label=label)
    return True


def _rejected(name: str, data: bytes, error: SemblanceError) -> Outcome:
    if data[128:132] == b"DICM":
        detail = "This is a DICOM file, which cannot be imported yet: export it as PNG or TIFF."
        return Outcome(name, REJECTED, "unsupported-dicom", detail)
    if error.code != "invalid" and (mimetypes.guess_type(name)[0] or "").startswith("video/"):
        detail = "This is a video, which cannot be imported yet: export the frames that matter as images."
        return Outcome(name, REJECTED, "unsupported-video", detail)
    return Outcome(name, REJECTED, error.code, error.detail)
