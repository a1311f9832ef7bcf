"""What indexing does when images go."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.db import transaction
from django.dispatch import receiver
from procrastinate.exceptions import AlreadyEnqueued

from semblance.indexing.tasks import refresh_collection_statistics
from semblance.library.signals import images_deleted


@receiver(images_deleted)
def measure_again(collections: Iterable[UUID], **_: Any) -> None:
    """Have the statistics of these collections brought up to date; a refresh that waits already serves this one too."""
    for collection in collections:
        task = refresh_collection_statistics.configure(queueing_lock=f"statistics-{collection}")
        with suppress(AlreadyEnqueued), transaction.atomic():
            task.defer(collection=str(collection))
