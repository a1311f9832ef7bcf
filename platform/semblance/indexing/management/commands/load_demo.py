"""A collection to look at before one has any of one's own."""

from collections.abc import Iterator
from typing import Any

from django.core.management import CommandError, CommandParser

from semblance.accounts.models import User
from semblance.indexing.domain.jobs import request_indexing
from semblance.indexing.management.following import FollowingCommand
from semblance.indexing.tasks import index_collection
from semblance.library.domain.collections import create_collection
from semblance.library.domain.import_sources import Candidate
from semblance.library.domain.importing import STORED, import_images
from semblance.library.domain.lookup import DEMO_USER, find_user
from semblance.library.enums import Visibility
from semblance.library.models import Collection

SLUG = "demo"
DESCRIPTION = (
    "Photographs under open licenses that scikit-image and scikit-learn bring along, variations of them, and drawn"
    " patterns. Search here, vote, refine; then import pictures of your own."
)


class Command(FollowingCommand):
    """``load_demo``."""

    help = (
        "Fills the public collection Demo with a few hundred pictures that need no network. Running it again adds what "
        "is missing and nothing twice. Your own pictures: import_images mine ~/Pictures --recursive --wait"
    )
    json_output = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--owner", default=DEMO_USER, help=f"user who owns the collection (default {DEMO_USER})")
        parser.add_argument("--wait", action="store_true", help="wait until the pictures are searchable")

    def handle(self, *args: Any, **options: Any) -> None:
        collection = _collection(find_user(username=options["owner"]))
        missing = _missing(collection)
        stored = self._store(collection, missing) if missing else 0
        document = {"collection": collection.slug, "collection_id": collection.pk, "stored": stored}
        job = request_indexing(collection=collection, user=collection.owner)
        if options["wait"]:
            self.follow(job, index_collection, f"Indexing {collection}")
        self.answer(document | {"images": collection.images.count()}, _lines(collection, stored))

    def _store(self, collection: Collection, missing: list[Candidate]) -> int:
        stored = 0
        with self.progress(f"Making {collection}", len(missing)) as advance:
            for outcome in import_images(collection=collection, user=collection.owner, candidates=missing):
                stored += outcome.kind == STORED
                advance(1)
        return stored


def _collection(owner: User) -> Collection:
    known = Collection.objects.filter(owner=owner, slug=SLUG).first()
    return known or create_collection(
        owner=owner, name="Demo", slug=SLUG, description=DESCRIPTION, visibility=Visibility.PUBLIC
    )


def _missing(collection: Collection) -> list[Candidate]:
    """Return the pictures that are not here, by name: another version of the JPEG encoder makes other bytes."""
    try:
        from fixtures.demo import pictures
    except ImportError as error:
        raise CommandError(
            "The demo pictures come with the source checkout of Semblance, which this is not."
        ) from error
    here = set(collection.images.values_list("filename", flat=True))
    return [
        Candidate(picture.filename, picture.label, picture.make, picture.metadata)
        for picture in pictures()
        if picture.filename not in here
    ]


def _lines(collection: Collection, stored: int) -> Iterator[str]:
    yield f"{collection}: {stored} pictures made, {collection.images.count()} in all."
