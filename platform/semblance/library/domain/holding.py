"""Hold the rows that a transaction is about to refer to.

Foreign keys are checked when a transaction ends: without a lock, what somebody deletes meanwhile fails the whole of it.
Collections are locked before images, and rows of a kind in the order of their ids, so that nobody waits in a circle.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db import connection

from semblance.common.errors import NotFound

COLLECTIONS = "SELECT id FROM library_collection WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE"
COLLECTIONS_OF_IMAGES = """
    SELECT id FROM library_collection WHERE id IN (SELECT collection_id FROM library_image WHERE id = ANY(%s))
    ORDER BY id FOR KEY SHARE
"""
IMAGES = "SELECT id FROM library_image WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE"


def hold_collections(ids: Iterable[UUID]) -> None:
    """Keep collections from being deleted until the transaction ends; NotFound if one is gone already."""
    wanted = set(ids)
    if wanted - _held(COLLECTIONS, wanted):
        raise NotFound("There is no such collection any more.")


def hold_images(ids: Iterable[UUID]) -> set[UUID]:
    """Keep images from being deleted until the transaction ends, and return which of them are still there."""
    wanted = set(ids)
    _held(COLLECTIONS_OF_IMAGES, wanted)
    return _held(IMAGES, wanted)


def _held(statement: str, ids: set[UUID]) -> set[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(ids)])
        return {row[0] for row in cursor.fetchall()}
