"""Files that people send, and images that nobody asked to index."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from semblance.common.errors import InvalidInput
from semblance.indexing.domain.jobs import cancel_job, finish_job, request_indexing
from semblance.indexing.domain.sweep import index_forgotten
from semblance.indexing.domain.uploads import add_images
from semblance.indexing.enums import JobState
from semblance.indexing.models import Job
from semblance.library.enums import ImageState
from semblance.library.models import Collection, Image
from tests.factories import make_collection, make_image, picture

pytestmark = pytest.mark.django_db


class Unreadable(SimpleUploadedFile):
    """A file whose connection breaks."""

    def read(self, *_: object) -> bytes:
        raise OSError("The connection broke.")


def sent(seed: int) -> SimpleUploadedFile:
    return SimpleUploadedFile(f"{seed}.png", picture(seed))


def waiting_since(minutes: int, collection: Collection | None = None) -> Image:
    image = make_image(collection or make_collection())
    Image.objects.filter(pk=image.pk).update(created=timezone.now() - timedelta(minutes=minutes))
    return Image.objects.get(pk=image.pk)


def test_upload_that_breaks_off_has_indexed_what_it_stored() -> None:
    collection = make_collection()

    with pytest.raises(OSError, match="broke"):
        add_images(collection=collection, files=[sent(1), Unreadable("2.png", b"")], user=collection.owner)

    assert Image.objects.count() == 1
    assert Job.objects.get().state == JobState.QUEUED


def test_upload_of_duplicates_asks_for_work_only_while_they_lack_features() -> None:
    collection = make_collection()
    image = make_image(collection, seed=1)

    _, while_pending = add_images(collection=collection, files=[sent(1)], user=collection.owner)
    Image.objects.update(state=ImageState.INDEXED)
    uploads, when_indexed = add_images(collection=collection, files=[sent(1)], user=collection.owner)

    assert (while_pending, when_indexed) == (Job.objects.get(), None)
    assert [(upload.image, upload.duplicate) for upload in uploads] == [(image, True)]


def test_upload_says_what_is_wrong_with_a_file() -> None:
    collection = make_collection()

    [upload], job = add_images(collection=collection, files=[SimpleUploadedFile("a.png", b"no")], user=collection.owner)

    assert isinstance(upload.problem, InvalidInput)
    assert (upload.problem.code, upload.image, job) == ("unsupported-format", None, None)


def test_forgotten_images_are_indexed() -> None:
    image = waiting_since(11)

    [job] = index_forgotten()

    assert (job.collection, job.state) == (image.collection, JobState.QUEUED)
    assert index_forgotten() == []


def test_images_of_an_upload_that_may_still_run_are_left_to_it() -> None:
    waiting_since(9)

    assert index_forgotten() == []


def test_images_that_no_extractor_can_work_on_wait() -> None:
    image = waiting_since(11)
    Collection.objects.filter(pk=image.collection_id).update(extractors={"gone": 1.0})

    assert index_forgotten() == []


def test_images_whose_job_was_cancelled_wait() -> None:
    job = cancel_job(job=request_indexing(collection=waiting_since(300).collection, user=None))
    Job.objects.filter(pk=job.pk).update(finished=timezone.now() - timedelta(minutes=90))

    assert index_forgotten() == []


def test_images_whose_job_failed_get_another_after_an_hour() -> None:
    job = request_indexing(collection=waiting_since(11).collection, user=None)
    Job.objects.update(state=JobState.RUNNING)
    finish_job(job, error="It fell apart.")
    at_once = index_forgotten()
    Job.objects.update(finished=timezone.now() - timedelta(minutes=61))

    later = index_forgotten()

    assert (at_once, len(later)) == ([], 1)
