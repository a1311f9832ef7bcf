"""Jobs, evaluations and what is installed."""

import pytest

from semblance import __version__
from semblance.indexing.models import Job
from semblance.library.enums import ImageState
from semblance.library.models import Image
from tests.api.conftest import V1, client_of
from tests.factories import make_collection, make_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def collection():
    collection = make_collection()
    make_image(collection)
    return collection


@pytest.fixture
def client(collection):
    return client_of(collection.owner)


def test_job_is_asked_for_followed_and_listed(client, collection, run_jobs):
    asked = client.post(f"{V1}/collections/{collection.pk}/jobs/")
    again = client.post(f"{V1}/collections/{collection.pk}/jobs/", {"retry_failed": False})
    run_jobs()
    done = client.get(asked["Location"]).json()

    assert (asked.status_code, again.json()) == (202, asked.json())
    assert (asked.json()["state"], asked.json()["rate"], asked.json()["eta"]) == ("queued", None, None)
    assert (done["kind"], done["state"], done["done"], done["total"], done["failed"]) == ("index", "succeeded", 1, 1, 0)
    assert client.get(f"{V1}/collections/{collection.pk}/jobs/").json()["results"] == [done]


def test_images_that_failed_get_another_chance_when_asked(client, collection, run_jobs):
    Image.objects.update(state=ImageState.FAILED, error="no reason")

    client.post(f"{V1}/collections/{collection.pk}/jobs/", {"retry_failed": True})
    run_jobs()

    assert Image.objects.get().state == ImageState.INDEXED


def test_job_is_cancelled_once(client, collection, run_jobs):
    address = client.post(f"{V1}/collections/{collection.pk}/jobs/")["Location"]

    first, second = client.delete(address), client.delete(address)
    run_jobs()

    assert (first.status_code, second.status_code, second.json()["code"]) == (204, 409, "job-over")
    assert client.get(address).json()["state"] == "cancelled"
    assert Image.objects.get().state == ImageState.PENDING


def test_evaluation_is_asked_for_and_answers_its_figures(world, owner, run_jobs):
    address = f"{V1}/collections/{world.collection.pk}/evaluations/"

    asked = owner.post(address, {"protocol": "wang"})
    run_jobs()
    done = owner.get(f"{address}{asked.json()['id']}/").json()

    assert (asked.status_code, asked.json()["result"]) == (202, None)
    assert asked["Location"] == f"{V1}/jobs/{asked.json()['job']['id']}/"
    assert done["job"]["state"] == "succeeded"
    assert done["parameters"]["protocol"] == "wang"
    assert done["result"]
    assert owner.get(address).json()["results"] == [done]


@pytest.mark.parametrize(
    "content", [{"protocol": "odd"}, {"rounds": 0}, {"feedback": "magic"}, {"extractors": "x"}, {"queries": 10**30}]
)
def test_impossible_evaluation_is_refused(world, owner, content):
    response = owner.post(f"{V1}/collections/{world.collection.pk}/evaluations/", content)

    assert response.status_code == 400
    assert list(response.json()["errors"]) == list(content)
    assert not Job.objects.filter(kind="evaluate").exists()


def test_evaluation_belongs_to_its_collection(world, owner, run_jobs):
    other = make_collection(world.people["owner"])
    evaluation = owner.post(f"{V1}/collections/{world.collection.pk}/evaluations/").json()["id"]

    assert owner.get(f"{V1}/collections/{other.pk}/evaluations/{evaluation}/").status_code == 404


def test_extractors_say_whether_they_can_work_here(client):
    extractors = {extractor["name"]: extractor for extractor in client.get(f"{V1}/extractors/").json()}

    histogram = extractors["color-histogram"]
    assert (histogram["available"], histogram["reason"], histogram["distance"]) == (True, "", "cosine")
    assert {bool(extractor["reason"]) != extractor["available"] for extractor in extractors.values()} == {True}


def test_info_names_versions(client):
    info = client.get(f"{V1}/info/").json()

    assert (info["semblance"], info["api"]) == (__version__, "v1")
    assert int(info["postgresql"].split(".")[0]) >= 16
    assert info["pgvector"].startswith("0.")
    assert "color-histogram" in [extractor["name"] for extractor in info["extractors"]]
