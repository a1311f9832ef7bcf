"""Files that no row names."""

import os
import time
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from semblance.library.domain import orphans
from semblance.library.models import Image
from semblance.library.tasks import remove_orphaned_files
from semblance.search.models import Search
from semblance.search.tasks import remove_orphaned_pictures
from tests.factories import make_collection, make_image, picture

pytestmark = pytest.mark.django_db
TWO_HOURS = 7200


def stored(media: Path) -> set[str]:
    return {str(path.relative_to(media)) for path in media.rglob("*") if path.is_file()}


def age(media: Path, *names: str) -> None:
    moment = time.time() - TWO_HOURS
    for name in names or stored(media):
        os.utime(media / name, (moment, moment))


def leave(media: Path, name: str) -> str:
    (media / name).parent.mkdir(parents=True, exist_ok=True)
    (media / name).write_bytes(b"left behind")
    return name


def test_old_files_without_a_row_go_and_all_others_stay(media: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orphans, "BATCH", 1)
    image = make_image(make_collection())
    for folder in (f"originals/{image.collection_id}/{image.pk.hex[:2]}", f"thumbnails/{uuid4()}/00"):
        leave(media, f"{folder}/{uuid4()}")
        leave(media, f"{folder}/{uuid4()}.jpg")
    strange = leave(media, "originals/README")
    age(media)
    young = leave(media, f"originals/{image.collection_id}/00/{uuid4()}")

    remove_orphaned_files(timestamp=0)

    assert stored(media) == {str(image.original.name), str(image.thumbnail.name), strange, young}


def test_row_keeps_the_file_it_names_alone(media: Path) -> None:
    image = make_image(make_collection())
    twin = leave(media, f"{image.original.name}_abc1234")
    age(media)

    remove_orphaned_files(timestamp=0)

    assert not (media / twin).exists()
    assert default_storage.exists(str(Image.objects.get().original.name))


def test_pictures_of_searches_that_never_were_go(media: Path) -> None:
    remove_orphaned_pictures(timestamp=0)  # there is no folder yet
    search = a_search()
    leave(media, f"queries/00/{uuid4()}")
    age(media)
    before = stored(media)

    remove_orphaned_pictures(timestamp=0)

    gone = before - stored(media)
    assert len(gone) == 1
    assert (media / str(search.file.name)).exists()


def a_search() -> Search:
    """Keep a search with its picture; what it found does not matter here."""
    search = Search(user=make_collection().owner, kind="upload")
    search.file.save("", ContentFile(picture(1)))
    return search
