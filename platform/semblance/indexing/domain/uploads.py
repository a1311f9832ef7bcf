"""Files that people send: stored one by one, told apart, and handed to the workers."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from semblance.accounts.models import User
from semblance.common.errors import ImageRejected, InvalidInput
from semblance.common.images import DEFAULT_LIMITS
from semblance.indexing.domain.jobs import request_indexing
from semblance.indexing.models import Job
from semblance.library.domain.images import clean_filename, store_image
from semblance.library.enums import ImageState
from semblance.library.models import Collection, Image


@dataclass(frozen=True, slots=True)
class Upload:
    """What became of one file: its image, new or known before, or the reason why there is none."""

    name: str
    image: Image | None = None
    duplicate: bool = False
    problem: InvalidInput | None = None


def add_images(
    *, collection: Collection, files: Iterable["UploadedFile[Any]"], user: User, **facts: Any
) -> tuple[list[Upload], Job | None]:
    """Store what can be stored, and have every image here that lacks features indexed, whatever breaks the upload off.

    A duplicate counts as well: it may be what is left of an upload whose process died.
    """
    uploads: list[Upload] = []
    job = None
    try:
        for file in files:
            uploads.append(_added(collection, file, user, facts))  # noqa: PERF401 - kept when the next file fails
    finally:
        if any(upload.image and upload.image.state == ImageState.PENDING for upload in uploads):
            job = request_indexing(collection=collection, user=user)
    return uploads, job


def _added(collection: Collection, file: "UploadedFile[Any]", user: User, facts: dict[str, Any]) -> Upload:
    name = clean_filename(file.name or "")
    try:
        stored = store_image(collection=collection, data=_read(file), filename=name, user=user, **facts)
    except InvalidInput as error:
        return Upload(name, problem=error)
    return Upload(name, stored.image, duplicate=stored.duplicate)


def _read(file: "UploadedFile[Any]") -> bytes:
    limit, size = DEFAULT_LIMITS.max_bytes, file.size or 0
    if size > limit:
        message = f"The file has {size / 1e6:.1f} MB and the limit is {limit / 1e6:g} MB."
        raise ImageRejected(message, code="too-many-bytes")
    data: bytes = file.read(limit + 1)
    return data
