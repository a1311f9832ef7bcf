"""Pages of pictures by keyset: as quick at picture 100,000 as at the first, and nothing is counted."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from semblance.library.models import Image
from semblance.library.querysets import ImageQuerySet

PAGE = 60


@dataclass(frozen=True, slots=True)
class ImagePage:
    """Some images, newest first, and where the next page begins (empty: nowhere)."""

    images: list[Image]
    next: str


def image_page(images: ImageQuerySet, after: str = "", size: int = PAGE) -> ImagePage:
    """Return the page that follows a cursor; a cursor that makes no sense starts from the beginning."""
    if position := _parsed(after):
        created, pk = position
        images = images.filter(Q(created__lt=created) | Q(pk__lt=pk), created__lte=created)
    found = list(images.order_by("-created", "-id").defer("metadata", "original", "thumbnail")[: size + 1])
    more = len(found) > size
    return ImagePage(found[:size], _cursor(found[size - 1]) if more else "")


def _cursor(image: Image) -> str:
    return f"{image.created.isoformat()}_{image.pk.hex}"


def _parsed(cursor: str) -> tuple[datetime, UUID] | None:
    created, _, pk = cursor.partition("_")
    try:
        return datetime.fromisoformat(created.replace(" ", "+")), UUID(pk)
    except ValueError:
        return None


def beside(image: Image) -> tuple[UUID | None, UUID | None]:
    """Return the ids of the images before and after one in its collection's order."""
    others = Image.objects.filter(collection=image.collection_id).exclude(pk=image.pk).values_list("pk", flat=True)
    newer = others.filter(Q(created__gt=image.created) | Q(pk__gt=image.pk), created__gte=image.created)
    older = others.filter(Q(created__lt=image.created) | Q(pk__lt=image.pk), created__lte=image.created)
    return newer.order_by("created", "id").first(), older.order_by("-created", "-id").first()
