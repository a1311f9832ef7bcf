"""Compute features that are missing, or all of them anew."""

from collections.abc import Iterator
from typing import Any

from django.core.management import CommandParser

from semblance.common import arguments
from semblance.indexing.domain.jobs import request_reindexing, retry_failed
from semblance.indexing.management.following import FollowingCommand
from semblance.indexing.models import Job
from semblance.indexing.tasks import index_collection
from semblance.library.domain.collections import update_collection, weighed_extractors
from semblance.library.domain.lookup import find_collection
from semblance.library.models import Collection


class Command(FollowingCommand):
    """``reindex COLLECTION``."""

    help = (
        "Computes the features that a collection lacks, after weights were imported or an extractor changed, say. "
        "The old features serve until the new ones are complete. Images that were set aside get another chance."
    )
    json_output = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("collection", help="address (slug), owner/slug or id")
        parser.add_argument(
            "--extractors",
            type=arguments.names,
            default=[],
            metavar="a,b",
            help="add these to the collection's extractors",
        )
        parser.add_argument(
            "--all",
            action="store_true",
            help="compute the features that are there again too (of --extractors, if given)",
        )
        parser.add_argument("--wait", action="store_true", help="wait until the job is over")

    def handle(self, *args: Any, **options: Any) -> None:
        collection = find_collection(reference=options["collection"])
        names = options["extractors"]
        if added := weighed_extractors(set(names) - set(collection.extractors), present={}):
            update_collection(collection=collection, extractors=collection.extractors | added)
        self.warn(collection)
        job = retry_failed(collection=collection, user=None)
        if options["all"]:
            job = request_reindexing(collection=collection, user=None, extractors=names)
        if options["wait"]:
            job = self.follow(job, index_collection, f"Indexing {collection}")
        else:
            self.leave(job, f"reindex {collection.slug}")
        self.answer(_document(collection, job), _lines(collection, job))


def _document(collection: Collection, job: Job) -> dict[str, Any]:
    return {
        "collection": collection.slug,
        "collection_id": collection.pk,
        "extractors": list(collection.extractors),
        "job": {"id": job.pk, "state": job.state, "done": job.done, "total": job.total, "failed": job.failed},
    }


def _lines(collection: Collection, job: Job) -> Iterator[str]:
    if job.active:
        yield f"{collection}: the job {job.pk} is asked for."
    else:
        aside = f", {job.failed} set aside" if job.failed else ""
        yield f"{collection}: {job.done - job.failed} images indexed by {', '.join(collection.extractors)}{aside}."
