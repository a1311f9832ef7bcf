"""What searches do when a collection moves to another feature space, and what goes with a deleted search."""

import logging
from typing import Any

from django.db.models.signals import post_delete
from django.dispatch import receiver

from semblance.common.errors import SemblanceError
from semblance.indexing.domain.spaces import space_completed
from semblance.indexing.models import CollectionSpace
from semblance.library.tasks import remove_files
from semblance.search.domain.query import query_vectors
from semblance.search.models import Search

log = logging.getLogger(__name__)


@receiver(space_completed)
def prepare_published_queries(space: CollectionSpace, **_: Any) -> None:
    """Compute published queries in a space about to serve, which the read-only gateway cannot do itself."""
    published = Search.objects.filter(published__isnull=False, collections=space.collection_id)
    for search in published.exclude(features__space=space.space_id):
        try:
            missing = space.space_id not in query_vectors(search, [space.space])
            reason: object = "its picture is gone" if missing else ""
        except (SemblanceError, OSError) as error:
            reason = error
        if reason:
            log.warning("published query %s is not in feature space %s: %s", search.pk, space.space_id, reason)


@receiver(post_delete, sender=Search)
def forget_picture(instance: Search, **_: Any) -> None:
    """Remove the uploaded picture, whoever deleted the search; the job that does it is part of the transaction."""
    if name := instance.file.name:
        remove_files.defer(names=[name])
