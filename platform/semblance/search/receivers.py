"""What searches do when a collection moves to another feature space, and what goes with a deleted search."""

import logging
from typing import Any
from uuid import UUID

from django.db.models.signals import post_delete
from django.dispatch import receiver

from semblance.common.errors import SemblanceError
from semblance.indexing.domain.spaces import space_replaced
from semblance.library.tasks import remove_files
from semblance.search.domain.query import space_queries
from semblance.search.models import Search

log = logging.getLogger(__name__)


@receiver(space_replaced)
def follow_with_published_queries(collection: UUID, **_: Any) -> None:
    """Compute published queries in the new space, which the read-only gateway cannot do itself."""
    for search in Search.objects.filter(published__isnull=False, collections=collection):
        try:
            space_queries(search, [collection])
        except SemblanceError as error:
            log.warning("published query %s is not in the new feature space: %s", search.pk, error.detail)


@receiver(post_delete, sender=Search)
def forget_picture(instance: Search, **_: Any) -> None:
    """Remove the uploaded picture, whoever deleted the search; the job that does it is part of the transaction."""
    if name := instance.file.name:
        remove_files.defer(names=[name])
