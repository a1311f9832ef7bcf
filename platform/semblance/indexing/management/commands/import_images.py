"""Bring images into a collection."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management import CommandError, CommandParser

from semblance.common import arguments
from semblance.common.errors import InvalidInput
from semblance.indexing.domain.jobs import request_indexing
from semblance.indexing.management.following import FollowingCommand
from semblance.indexing.models import Job
from semblance.indexing.tasks import index_collection
from semblance.library.domain.collections import delete_collection
from semblance.library.domain.import_sources import candidates, check_paths, count_candidates
from semblance.library.domain.importing import DUPLICATES, REJECTED, STORED, Outcome, import_images, open_collection
from semblance.library.domain.lookup import find_user
from semblance.library.models import Collection

IMAGES_BETWEEN_REQUESTS = 1000
"""A worker may begin before a long import is over, so that its first images are soon searchable."""


class Command(FollowingCommand):
    """``import_images COLLECTION PATH...``."""

    help = (
        "Imports images from files, folders and archives (zip, tar) into a collection, which is made if it is missing. "
        "Running it again, after a crash too, imports what is missing and nothing twice."
    )
    json_output = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("collection", help="address (slug), owner/slug, id, or the name of a new collection")
        parser.add_argument("paths", nargs="+", type=Path, metavar="path", help="files, folders, .zip or .tar archives")
        parser.add_argument("--owner", help="user who owns the collection; default: the only administrator, else demo")
        parser.add_argument(
            "--label-from-folder",
            action="store_true",
            help="label images by the folder they lie in; implies --recursive",
        )
        parser.add_argument("--recursive", action="store_true", help="go into the folders inside a folder")
        parser.add_argument(
            "--extractors", type=arguments.names, default=[], metavar="a,b", help="what the collection is indexed by"
        )
        parser.add_argument("--wait", action="store_true", help="wait until the images are searchable")

    def handle(self, *args: Any, **options: Any) -> None:
        check_paths(options["paths"])
        owner = find_user(username=options["owner"]) if options["owner"] else None
        collection, made = open_collection(
            reference=options["collection"], owner=owner, extractors=options["extractors"]
        )
        began = time.monotonic()
        counts, rejected = self._import(collection, options)
        seconds = time.monotonic() - began
        if not any(counts.values()):
            if made:
                delete_collection(collection=collection)
            raise InvalidInput(_nothing(rejected, options), code="nothing-imported")
        self.warn(collection)
        job = request_indexing(collection=collection, user=collection.owner)
        document = {
            "collection": collection.slug,
            "collection_id": collection.pk,
            "owner": collection.owner.username,
            "made": made,
            **counts,
            "rejected": [{"file": o.name, "code": o.code, "detail": o.detail} for o in rejected],
            "seconds": round(seconds, 2),
            "images_per_second": round(sum(counts.values()) / max(seconds, 1e-6), 1),
        }
        if options["wait"]:
            job = self.follow(job, index_collection, f"Indexing {collection}")
        else:
            self.leave(job, f"reindex {collection.slug}")
        document["job"] = _job(job)
        self.answer(document, _lines(collection, document))

    def _import(self, collection: Collection, options: dict[str, Any]) -> tuple[dict[str, int], list[Outcome]]:
        recursive = options["recursive"] or options["label_from_folder"]
        files = candidates(options["paths"], recursive=recursive, labelled=options["label_from_folder"])
        counts = {STORED: 0, DUPLICATES: 0, "labelled": 0}
        rejected: list[Outcome] = []
        total = count_candidates(options["paths"], recursive=recursive)
        try:
            with self.progress(f"Importing into {collection}", total) as advance:
                for outcome in import_images(collection=collection, user=collection.owner, candidates=files):
                    advance(1)
                    self._count(outcome, counts, rejected)
                    if outcome.kind == STORED and counts[STORED] % IMAGES_BETWEEN_REQUESTS == 0:
                        request_indexing(collection=collection, user=collection.owner)
        except OSError as error:
            raise CommandError(
                f"Storing failed: {error}. What is stored stays; run the same again to go on."
            ) from error
        return counts, rejected

    def _count(self, outcome: Outcome, counts: dict[str, int], rejected: list[Outcome]) -> None:
        if outcome.kind == REJECTED:
            rejected.append(outcome)
            self.note(f"Rejected {outcome.name}: {outcome.detail} ({outcome.code})")
            return
        counts[outcome.kind] += 1
        counts["labelled"] += outcome.labelled


def _nothing(rejected: list[Outcome], options: dict[str, Any]) -> str:
    where = ", ".join(str(path) for path in options["paths"])
    if len(rejected) == 1:
        return f"Nothing was imported: {rejected[0].name}: {rejected[0].detail}"
    if rejected:
        return f"Nothing was imported: all {len(rejected)} files in {where} were rejected for the reasons above."
    hint = "" if options["recursive"] or options["label_from_folder"] else "; --recursive looks into inner folders too"
    return f"There are no files in {where}{hint}."


def _job(job: Job) -> dict[str, Any]:
    return {"id": job.pk, "state": job.state, "done": job.done, "total": job.total, "failed": job.failed}


def _lines(collection: Collection, document: dict[str, Any]) -> Iterator[str]:
    yield (
        f"{collection} ({collection.owner.username}/{collection.slug}): {document[STORED]} new,"
        f" {document[DUPLICATES]} already here, {len(document['rejected'])} rejected,"
        f" {document['images_per_second']} images/s."
    )
    if document["labelled"]:
        yield f"{document['labelled']} images that were here without a label have one now."
    job = document["job"]
    if job["state"] == "succeeded":
        yield f"Indexed {job['done'] - job['failed']} images; all that is indexed is searchable now."
    if job["failed"]:
        yield f"{job['failed']} images were set aside; the collection's page shows why."
