"""From stored images to vectors."""

from pathlib import Path

import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.db import connection
from pytest_django.fixtures import Settings

from semblance.indexing.domain.jobs import cancel_job, request_indexing, retry_failed
from semblance.indexing.enums import JobState, SpaceState
from semblance.indexing.models import CollectionSpace, FeatureSpace, Job
from semblance.indexing.queries import searchable_spaces
from semblance.library.domain.collections import delete_collection, update_collection
from semblance.library.domain.images import delete_images
from semblance.library.enums import ImageState
from semblance.library.models import Collection, Image
from semblance.retrieval import store
from tests.factories import Work, make_collection, make_image

pytestmark = pytest.mark.django_db


def vector_count() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM indexing_feature")
        return int(cursor.fetchone()[0])


@pytest.fixture
def indexed(run_jobs: Work) -> Collection:
    collection = make_collection()
    for seed in range(1, 6):
        make_image(collection, seed=seed)
    request_indexing(collection=collection, user=None)
    run_jobs()
    return collection


def test_indexing_makes_every_image_searchable(indexed: Collection) -> None:
    job = Job.objects.get()
    space = CollectionSpace.objects.get()

    assert (job.state, job.done, job.total, job.failed) == (JobState.SUCCEEDED, 5, 5, 0)
    assert set(Image.objects.values_list("state", flat=True)) == {ImageState.INDEXED}
    assert (space.state, space.count, space.space.extractor) == (SpaceState.SERVING, 5, "color-histogram")
    assert vector_count() == 5
    assert space.distance_deviation > 0


def test_indexing_keeps_the_mean_of_the_collection(indexed: Collection) -> None:
    space = CollectionSpace.objects.select_related("space").get()
    with connection.cursor() as cursor:
        sample = store.sample(cursor, space.space_id, indexed.pk, 10)

    np.testing.assert_allclose(space.statistics().mean, sample.mean(axis=0), atol=1e-4)


def test_indexing_twice_doubles_nothing(indexed: Collection, run_jobs: Work) -> None:
    request_indexing(collection=indexed, user=None)

    run_jobs()

    assert vector_count() == 5
    assert Job.objects.filter(state=JobState.SUCCEEDED).count() == 2


def test_indexing_asked_for_while_a_job_waits_is_served_by_that_job(run_jobs: Work) -> None:
    collection = make_collection()
    make_image(collection)

    jobs = [request_indexing(collection=collection, user=None) for _ in range(3)]

    assert len({job.pk for job in jobs}) == 1
    assert run_jobs() == 1


def test_indexing_sets_a_failing_image_aside_with_its_reason_and_retries_it(run_jobs: Work) -> None:
    collection = make_collection()
    good, bad = make_image(collection), make_image(collection)
    with bad.original.open() as file:
        data = file.read()
    default_storage.delete(str(bad.original.name))
    request_indexing(collection=collection, user=None)

    run_jobs()

    bad.refresh_from_db()
    assert Job.objects.get().failed == 1
    assert (bad.state, "No such file" in bad.error) == (ImageState.FAILED, True)
    assert Image.objects.get(pk=good.pk).state == ImageState.INDEXED

    with default_storage.open(str(bad.original.name), "wb") as file:
        file.write(data)
    retry_failed(collection=collection, user=None)
    run_jobs()

    bad.refresh_from_db()
    assert (bad.state, bad.error) == (ImageState.INDEXED, "")


def test_indexing_cancelled_before_it_began_does_nothing(run_jobs: Work) -> None:
    collection = make_collection()
    make_image(collection)
    job = request_indexing(collection=collection, user=None)

    cancel_job(job=job)
    run_jobs()

    job.refresh_from_db()
    assert (job.state, vector_count()) == (JobState.CANCELLED, 0)


def test_indexing_without_a_usable_extractor_says_why(run_jobs: Work, settings: Settings, tmp_path: Path) -> None:
    settings.SEMBLANCE_WEIGHTS_DIR = tmp_path
    collection = make_collection(extractors={"vgg16": 1.0})
    make_image(collection)
    request_indexing(collection=collection, user=None)

    run_jobs()

    job = Job.objects.get()
    assert job.state == JobState.FAILED
    assert "vgg16" in job.error
    assert Image.objects.get().state == ImageState.PENDING


def test_new_version_is_filled_beside_the_old_one_and_replaces_it(indexed: Collection, run_jobs: Work) -> None:
    FeatureSpace.objects.update(version="0 (old)")
    old = CollectionSpace.objects.get()

    request_indexing(collection=indexed, user=None)
    during = [space.space_id for space in searchable_spaces([indexed.pk])]
    run_jobs()

    new = CollectionSpace.objects.get()
    assert during == [old.space_id]
    assert new.space_id != old.space_id
    assert (new.state, new.count, vector_count()) == (SpaceState.SERVING, 5, 5)


def test_filling_space_does_not_serve_while_a_complete_one_does(indexed: Collection) -> None:
    complete = CollectionSpace.objects.get()
    space = FeatureSpace.objects.create(extractor="color-histogram", version="next", dimension=128, distance="cosine")
    CollectionSpace.objects.create(collection=indexed, space=space)

    serving = searchable_spaces([indexed.pk])

    assert serving == [complete]


def test_extractor_dropped_from_a_collection_takes_its_vectors_along(
    indexed: Collection, run_jobs: Work, settings: Settings, tmp_path: Path
) -> None:
    settings.SEMBLANCE_WEIGHTS_DIR = tmp_path
    update_collection(collection=indexed, extractors={"vgg16": 1.0})
    request_indexing(collection=indexed, user=None)

    run_jobs()

    assert vector_count() == 0


def test_deleted_images_leave_the_statistics_of_the_rest(indexed: Collection, run_jobs: Work) -> None:
    delete_images(images=Image.objects.filter(filename__in=["picture-1.png", "picture-2.png"]))
    delete_images(images=Image.objects.filter(filename="picture-3.png"))

    worked = run_jobs()

    space = CollectionSpace.objects.select_related("space").get()
    with connection.cursor() as cursor:
        sample = store.sample(cursor, space.space_id, indexed.pk, 10)
    assert (worked, space.count) == (3, 2)
    np.testing.assert_allclose(space.statistics().mean, sample.mean(axis=0), atol=1e-4)


def test_deleted_images_and_collections_take_their_vectors_along(indexed: Collection, run_jobs: Work) -> None:
    delete_images(images=Image.objects.filter(filename="picture-1.png"))
    after_image = vector_count()

    delete_collection(collection=indexed)
    run_jobs()

    assert (after_image, vector_count(), Job.objects.count()) == (4, 0, 0)
