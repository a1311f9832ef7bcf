"""One upload of many files and a word for each."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from semblance.common.images import DEFAULT_LIMITS
from semblance.indexing.models import Job
from semblance.library.models import Image
from tests.dashboard.conftest import World
from tests.factories import Work, picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(as_: Callable[[str], Client]) -> Client:
    return as_("owner")


@pytest.fixture
def address(world: World) -> str:
    return reverse("dashboard:upload", args=[world.collection.pk])


def files(**contents: bytes) -> list[SimpleUploadedFile]:
    return [SimpleUploadedFile(f"{name}.png", data) for name, data in contents.items()]


def test_every_file_gets_its_word(owner: Client, address: str) -> None:
    sent = files(new=picture(90), broken=picture(91)[:60], known=picture(0, hue=0), text=b"hello")

    page = owner.post(address, {"file": sent, "label": "slides"})

    outcomes = {outcome.name: outcome.word for outcome in page.context["outcomes"]}
    assert outcomes == {"new.png": "stored", "broken.png": "refused", "known.png": "known", "text.png": "refused"}
    assert Image.objects.get(filename="new.png").label == "slides"
    assert "Refused: The image is damaged or incomplete" in page.content.decode()


def test_stored_files_are_indexed_by_one_job(owner: Client, address: str, run_jobs: Work) -> None:
    for seed in (90, 91):
        owner.post(address, {"file": files(new=picture(seed))})

    assert Job.objects.filter(state="queued").count() == 1
    run_jobs()
    assert set(Image.objects.values_list("state", flat=True)) == {"indexed"}


def test_upload_of_nothing_new_asks_for_no_work(owner: Client, address: str) -> None:
    owner.post(address, {"file": files(known=picture(0, hue=0))})

    assert not Job.objects.filter(state="queued").exists()


def test_upload_repeated_after_its_process_died_asks_for_the_work(owner: Client, address: str) -> None:
    Image.objects.update(state="pending")

    owner.post(address, {"file": files(known=picture(0, hue=0))})

    assert Job.objects.filter(state="queued").count() == 1


def test_script_gets_the_words_alone(owner: Client, address: str) -> None:
    part = owner.post(address, {"file": files(new=picture(90))}, headers={"HX-Request": "true"})

    assert part.content.decode().strip().startswith('<li class="upload stored" data-outcome="stored">')


def test_file_over_the_limit_is_refused_unread(owner: Client, address: str) -> None:
    huge = SimpleUploadedFile("huge.png", bytes(DEFAULT_LIMITS.max_bytes + 1))

    page = owner.post(address, {"file": [huge]})

    assert "the limit is 50 MB" in page.context["outcomes"][0].reason


def test_name_of_a_file_is_shown_as_text(owner: Client, address: str) -> None:
    page = owner.post(address, {"file": [SimpleUploadedFile("<img src=x>.png", b"no")]})

    assert "&lt;img src=x&gt;.png" in page.content.decode()


def test_progress_asks_for_itself_only_while_there_is_work(owner: Client, world: World, run_jobs: Work) -> None:
    progress = reverse("dashboard:progress", args=[world.collection.pk])
    idle = owner.get(progress).content.decode()
    owner.post(reverse("dashboard:upload", args=[world.collection.pk]), {"file": files(new=picture(90))})

    at_work = owner.get(progress).content.decode()
    run_jobs()
    done = owner.get(progress).content.decode()

    assert ["hx-trigger" in part for part in (idle, at_work, done)] == [False, True, False]
    assert "5 of 5 pictures searchable" in done
