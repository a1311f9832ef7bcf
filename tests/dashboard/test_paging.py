"""Pages by keyset: nothing twice, nothing missing, whatever shares a moment."""

import pytest
from django.utils import timezone

from semblance.dashboard.paging import beside, image_page
from semblance.library.models import Collection, Image
from tests.factories import make_collection, make_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def collection() -> Collection:
    collection = make_collection()
    for _ in range(7):
        make_image(collection)
    return collection


def walked(collection: Collection, size: int) -> list[Image]:
    found: list[Image] = []
    after, more = "", True
    while more:
        page = image_page(Image.objects.filter(collection=collection), after, size)
        found += page.images
        after, more = page.next, bool(page.next)
    return found


@pytest.mark.parametrize("size", [1, 3, 7, 10])
def test_pages_together_are_the_whole(collection: Collection, size: int) -> None:
    assert walked(collection, size) == list(collection.images.order_by("-created", "-id"))


def test_pictures_of_one_moment_are_told_apart_by_id(collection: Collection) -> None:
    collection.images.update(created=timezone.now())

    assert walked(collection, 2) == list(collection.images.order_by("-id"))


@pytest.mark.parametrize("cursor", ["", "yesterday", "2026-01-01_", "_", "\x00"])
def test_cursor_of_nonsense_starts_anew(collection: Collection, cursor: str) -> None:
    page = image_page(Image.objects.filter(collection=collection), cursor, 3)

    assert page.images == list(collection.images.order_by("-created", "-id")[:3])


def test_neighbours_in_the_order_of_the_grid(collection: Collection) -> None:
    collection.images.update(created=timezone.now())
    order = list(collection.images.order_by("-created", "-id"))

    assert [beside(image) for image in order[:2]] == [(None, order[1].pk), (order[0].pk, order[2].pk)]
    assert beside(order[-1]) == (order[-2].pk, None)
