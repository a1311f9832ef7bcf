import threading
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from semblance.indexing.domain.jobs import request_indexing
from semblance.indexing.enums import JobState
from semblance.indexing.models import Feature, Job
from semblance.library.enums import ImageState
from semblance.library.models import Image
from tests.commands.conftest import Manage
from tests.factories import make_collection, make_image, make_user


@pytest.fixture(autouse=True)
def no_weights(tmp_path: Path, settings: Settings) -> None:
    settings.SEMBLANCE_WEIGHTS_DIR = tmp_path / "weights"


def test_missing_features_are_computed(manage: Manage) -> None:
    collection = make_collection(make_user(username="ada"), name="birds")
    images = [make_image(collection) for _ in range(3)]

    ran = manage("reindex", "ada/birds", "--wait", "--json")

    assert ran.code == 0
    assert (ran.document["job"]["state"], ran.document["job"]["done"]) == ("succeeded", 3)
    assert set(Feature.objects.values_list("image_id", flat=True)) == {image.pk for image in images}


def test_all_computes_features_again_that_were_spoiled(manage: Manage) -> None:
    collection = make_collection(name="birds")
    for _ in range(2):
        make_image(collection)
    manage("reindex", "birds", "--wait")
    good = sorted(Feature.objects.values_list("image_id", "vector"), key=str)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE indexing_feature SET vector = (SELECT avg(vector) FROM indexing_feature)")

    untouched = manage("reindex", "birds", "--wait", "--json")
    spoiled = sorted(Feature.objects.values_list("image_id", "vector"), key=str)
    again = manage("reindex", "birds", "--all", "--wait", "--json")

    assert untouched.document["job"]["done"] == 0
    assert str(spoiled) != str(good)
    assert again.document["job"]["done"] == 2
    assert str(sorted(Feature.objects.values_list("image_id", "vector"), key=str)) == str(good)


def test_images_that_were_set_aside_get_another_chance(manage: Manage) -> None:
    collection = make_collection(name="birds")
    image = make_image(collection)
    Image.objects.update(state=ImageState.FAILED, error="a full disk")

    manage("reindex", "birds", "--wait")

    image.refresh_from_db()
    assert (image.state, image.error) == (ImageState.INDEXED, "")


def test_named_extractors_are_added_and_none_is_dropped(manage: Manage) -> None:
    collection = make_collection(name="birds", extractors={"color-histogram": 0.5})

    ran = manage("reindex", "birds", "--extractors", "vgg16", "--json")

    collection.refresh_from_db()
    assert sorted(ran.document["extractors"]) == ["color-histogram", "vgg16"]
    assert collection.extractors == {"color-histogram": 0.5, "vgg16": 1.0}
    assert Job.objects.get().state == JobState.QUEUED
    assert "vgg16 is left out for now: The weights of vgg16 are missing" in ran.err


def test_job_that_fails_is_an_error_with_its_reason(manage: Manage) -> None:
    collection = make_collection(name="birds", extractors={"vgg16": 1.0})
    make_image(collection)

    ran = manage("reindex", "birds", "--wait")

    assert ran.code == 2
    assert ran.err.splitlines()[-1].startswith(
        "Error: Compute features: failed: None of the collection's extractors (vgg16) can work here"
    )


def test_unknown_collection_is_one_line(manage: Manage) -> None:
    ran = manage("reindex", "birds")

    assert (ran.code, ran.err) == (2, "Error: There is no collection “birds”; there is none yet.\n")


def test_ambiguous_address_is_one_line(manage: Manage) -> None:
    for name in ("ada", "bob"):
        make_collection(make_user(username=name), name="birds")

    ran = manage("reindex", "birds")

    assert (ran.code, ran.err) == (2, "Error: “birds” may be one of several: say ada/birds, bob/birds.\n")


def test_waiting_leaves_the_job_to_another_process_until_that_is_gone(manage: Manage) -> None:
    collection = make_collection(name="birds")
    make_image(collection)
    job = request_indexing(collection=collection, user=None)
    info = connection.connection.info
    other = psycopg.connect(host=info.host, port=info.port, dbname=info.dbname, user=info.user, autocommit=True)
    other.execute("SELECT pg_advisory_lock(%s)", [int.from_bytes(job.pk.bytes[:8], "big", signed=True)])
    states: list[str] = []

    def leave() -> None:
        states.extend(row[0] for row in other.execute("SELECT state FROM indexing_job").fetchall())
        other.close()

    leaving = threading.Timer(3.0, leave)
    leaving.start()
    ran = manage("reindex", "birds", "--wait", "--json")
    leaving.join()

    assert states == ["queued"]
    assert (ran.document["job"]["id"], ran.document["job"]["state"]) == (str(job.pk), "succeeded")
    assert ran.err.count("No worker is running") == 1
