"""Images: the way in and the way out."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from pytest_django.fixtures import Settings

from semblance.common.errors import ImageRejected, InvalidInput
from semblance.library.domain.images import delete_images, store_image, tag_images, update_image
from semblance.library.enums import ImageState
from semblance.library.models import Image
from tests.factories import Work, make_collection, make_image, picture

pytestmark = pytest.mark.django_db


def stored_files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_image_stored_keeps_bytes_facts_and_a_thumbnail() -> None:
    collection, data = make_collection(), picture(1, size=(640, 480))

    stored = store_image(
        collection=collection,
        data=data,
        filename="../../etc/Harbour.png",
        user=None,
        label=" ships ",
        tags=["a", "a", "b"],
    )

    image = Image.objects.get()
    assert not stored.duplicate
    with image.original.open() as original, image.thumbnail.open() as thumbnail:
        assert original.read() == data
        assert thumbnail.read(3) == b"\xff\xd8\xff"
    assert (image.filename, image.media_type, image.width, image.height, image.size) == (
        "Harbour.png",
        "image/png",
        640,
        480,
        len(data),
    )
    assert (image.label, image.tags, image.state) == ("ships", ["a", "b"], ImageState.PENDING)
    assert image.sha256 == hashlib.sha256(data).hexdigest()


def test_installation_may_take_smaller_images_alone(settings: Settings) -> None:
    settings.SEMBLANCE_MAX_PIXELS = 1
    collection = make_collection()

    stored = store_image(collection=collection, data=picture(1, size=(1000, 1000)), filename="a.png", user=None)
    with pytest.raises(ImageRejected, match="the limit is 1 million"):
        store_image(collection=collection, data=picture(1, size=(1001, 1000)), filename="b.png", user=None)

    assert list(Image.objects.all()) == [stored.image]


def test_image_stored_twice_is_recognised_in_its_collection_only(media: Path) -> None:
    first, second, data = make_collection(), make_collection(), picture(1)

    results = [
        store_image(collection=collection, data=data, filename="a.png", user=None)
        for collection in (first, first, second)
    ]

    assert [r.duplicate for r in results] == [False, True, False]
    assert results[0].image == results[1].image
    assert len(stored_files(media)) == 4


@pytest.mark.django_db(transaction=True)
def test_image_stored_by_many_at_once_is_kept_once(media: Path) -> None:
    collection, data = make_collection(), picture(1)

    def store(number: int) -> bool:
        try:
            return store_image(collection=collection, data=data, filename=f"{number}.png", user=None).duplicate
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        duplicates = sorted(pool.map(store, range(8)))

    image = Image.objects.get()
    assert duplicates == [False] + [True] * 7
    assert stored_files(media) == sorted([str(image.original.name), str(image.thumbnail.name)])


def test_image_broken_is_refused_and_nothing_is_written(media: Path) -> None:
    with pytest.raises(ImageRejected) as refusal:
        store_image(collection=make_collection(), data=picture(1)[:200], filename="cut.png", user=None)

    assert refusal.value.code == "broken"
    assert Image.objects.count() == 0
    assert stored_files(media) == []


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"label": "x" * 201}, "label"),
        ({"label": "nul\x00"}, "label"),
        ({"tags": ["x" * 101]}, "tags"),
        ({"tags": [str(n) for n in range(101)]}, "tags"),
        ({"metadata": ["list"]}, "metadata"),
        ({"metadata": {"n": float("inf")}}, "metadata"),
        ({"metadata": {"text": "x" * 70000}}, "metadata"),
        ({"metadata": {"text": "\x00"}}, "metadata"),
    ],
)
def test_image_with_nonsense_facts_is_refused_by_field(values: dict[str, Any], field: str) -> None:
    image = make_image(make_collection())

    with pytest.raises(InvalidInput) as refusal:
        update_image(image=image, **values)

    assert list(refusal.value.fields) == [field]


def test_images_deleted_leave_no_row_and_no_file(media: Path, run_jobs: Work) -> None:
    collection = make_collection()
    kept, *_ = [make_image(collection) for _ in range(3)]

    deleted = delete_images(images=Image.objects.exclude(pk=kept.pk))
    run_jobs()

    assert deleted == 2
    assert list(Image.objects.all()) == [kept]
    assert stored_files(media) == sorted([str(kept.original.name), str(kept.thumbnail.name)])


def test_images_tagged_together_keep_what_they_had() -> None:
    collection = make_collection()
    first, second = make_image(collection, tags=["old"]), make_image(collection, tags=["new"])

    changed = tag_images(images=Image.objects.all(), tag="new")

    assert changed == 1
    assert [Image.objects.get(pk=i.pk).tags for i in (first, second)] == [["old", "new"], ["new"]]


def test_image_names_on_storage_come_from_ids_alone() -> None:
    image = make_image(make_collection(), filename="evil/../../name.php")

    assert default_storage.exists(f"originals/{image.collection_id}/{image.id.hex[:2]}/{image.id}")
    assert image.filename == "name.php"
