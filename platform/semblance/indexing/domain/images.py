"""Compute the features of a collection's images, batch by batch."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

from semblance.common.context import decode_limits
from semblance.common.errors import ImageRejected
from semblance.common.images import decode
from semblance.extractors.contract import Pixels
from semblance.indexing.domain.extraction import extract_batch
from semblance.indexing.models import CollectionSpace
from semblance.library.enums import ImageState
from semblance.library.models import Image
from semblance.retrieval import store

BATCH = 32
DECODERS = 4
"""Decoding lets other threads work; more at a time would take memory without being quicker."""
NO_ID = UUID(int=0)


@dataclass(frozen=True, slots=True)
class BatchReport:
    """What became of a batch."""

    done: int
    failed: int


def index_missing(*, collection: UUID, spaces: Sequence[CollectionSpace]) -> Iterator[BatchReport]:
    """Compute what is missing, one committed batch after the other; safe to break off and to repeat."""
    after = NO_ID
    progressed = True
    while progressed:
        progressed = False
        while ids := _missing(collection, spaces, after):
            yield _index_batch(collection, ids, spaces)
            after, progressed = ids[-1], True
        after = NO_ID


def index_anew(*, collection: UUID, spaces: Sequence[CollectionSpace]) -> Iterator[BatchReport]:
    """Compute every image's vectors again, in place: each batch replaces its old vectors when it is complete."""
    images = Image.objects.filter(collection=collection).exclude(state=ImageState.FAILED).order_by("pk")
    after = NO_ID
    while ids := list(images.filter(pk__gt=after).values_list("pk", flat=True)[:BATCH]):
        yield _index_batch(collection, ids, spaces)
        after = ids[-1]


def count_missing(*, collection: UUID, spaces: Sequence[CollectionSpace]) -> int:
    """Count the images that lack a vector in one of these spaces."""
    with connection.cursor() as cursor:
        return store.count_missing(cursor, [space.space_id for space in spaces], collection)


def _missing(collection: UUID, spaces: Sequence[CollectionSpace], after: UUID) -> list[UUID]:
    with connection.cursor() as cursor:
        return store.missing(cursor, [space.space_id for space in spaces], collection, after, BATCH)


def _index_batch(collection: UUID, ids: Sequence[UUID], spaces: Sequence[CollectionSpace]) -> BatchReport:
    pixels, failures = _load(ids)
    kept = list(pixels)
    extracted = extract_batch(
        images=[pixels[image] for image in kept], extractors=[space.space.extractor for space in spaces]
    )
    failures |= {kept[row]: reason for row, reason in extracted.failures.items()}
    good = [image for image in kept if image not in failures]
    with transaction.atomic():
        alive = set(Image.objects.select_for_update(of=("self",)).filter(pk__in=good).values_list("pk", flat=True))
        rows = [row for row, image in enumerate(good) if image in alive]
        with connection.cursor() as cursor:
            for space in spaces if rows else ():
                vectors = extracted.vectors[space.space.extractor][rows]
                store.write(cursor, space.space_id, collection, [good[row] for row in rows], vectors)
        Image.objects.filter(pk__in=alive, state=ImageState.PENDING).update(state=ImageState.INDEXED, error="")
        _set_aside(failures)
    return BatchReport(done=len(ids), failed=len(failures))


def _load(ids: Sequence[UUID]) -> tuple[dict[UUID, Pixels], dict[UUID, str]]:
    images = list(Image.objects.filter(pk__in=ids).only("id", "original"))
    with ThreadPoolExecutor(DECODERS, thread_name_prefix="decode") as pool:
        loaded = dict(zip([image.pk for image in images], pool.map(_decoded, images), strict=True))
    failures = {image: found for image, found in loaded.items() if isinstance(found, str)}
    return {image: found for image, found in loaded.items() if not isinstance(found, str)}, failures


def _decoded(image: Image) -> Pixels | str:
    """Return an image's pixels, or the reason why there are none; touches no database."""
    try:
        with image.original.open("rb") as file:
            return decode(file.read(), limits=decode_limits()).pixels
    except (ImageRejected, OSError) as error:
        return str(error)


def _set_aside(failures: dict[UUID, str]) -> None:
    for image, reason in failures.items():
        Image.objects.filter(pk=image).update(state=ImageState.FAILED, error=reason[:1000])
