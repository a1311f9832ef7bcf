"""Repeated requests create once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from semblance.accounts.models import ApiKey
from semblance.api.models import RepeatableAnswer
from semblance.library.models import Collection, Image
from semblance.search.models import Search
from tests.api.conftest import V1, client_of
from tests.factories import make_collection, make_user, picture

CONTENT = {"name": "Once", "extractors": [{"name": "color-histogram"}]}


def make(client, key, content=None):
    return client.post(f"{V1}/collections/", content or CONTENT, headers={"Idempotency-Key": key})


@pytest.mark.django_db
def test_repetition_gets_the_same_answer_and_creates_nothing():
    client = client_of(make_user())

    first, second = make(client, "k"), make(client, "k")

    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert (second["Location"], second["ETag"]) == (first["Location"], first["ETag"])
    assert ("Idempotent-Replayed" in first, second["Idempotent-Replayed"]) == (False, "true")
    assert Collection.objects.count() == 1


@pytest.mark.django_db
def test_key_belongs_to_its_user():
    first, second = make(client_of(make_user()), "k"), make(client_of(make_user()), "k")

    assert (first.status_code, second.status_code) == (201, 201)
    assert Collection.objects.count() == 2


@pytest.mark.django_db
def test_key_of_another_request_is_refused():
    client = client_of(make_user())
    made = make(client, "k")

    other_body = make(client, "k", CONTENT | {"name": "Other"})
    other_path = client.post(f"{made['Location']}jobs/", headers={"Idempotency-Key": "k"})

    assert (other_body.status_code, other_path.status_code) == (422, 422)
    assert other_body.json()["code"] == "idempotency-key-reused"


@pytest.mark.django_db
def test_failure_is_not_kept():
    client = client_of(make_user())

    failed = make(client, "k", {"name": "x", "extractors": []})
    made = make(client, "k")

    assert (failed.status_code, made.status_code) == (400, 201)


@pytest.mark.django_db
def test_key_is_forgotten_after_a_day():
    client = client_of(make_user())
    make(client, "k")
    RepeatableAnswer.objects.update(created=timezone.now() - timedelta(hours=25))

    make(client, "k")

    assert Collection.objects.count() == 2
    assert RepeatableAnswer.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "x" * 256])
def test_impossible_key_is_refused(key):
    assert make(client_of(make_user()), key).status_code == 400


@pytest.mark.django_db
def test_upload_is_repeated_whatever_the_boundary_of_its_form():
    collection = make_collection()
    client = client_of(collection.owner)

    def upload(seed, boundary):
        body = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'.encode()
            + picture(seed)
            + f"\r\n--{boundary}--\r\n".encode()
        )
        return client.post(
            f"{V1}/collections/{collection.pk}/images/",
            body,
            content_type=f"multipart/form-data; boundary={boundary}",
            headers={"Idempotency-Key": "k"},
        )

    first, again, other = upload(1, "aaaa"), upload(1, "bbbb"), upload(2, "aaaa")

    assert again.json() == first.json()
    assert (first.status_code, again.status_code, other.status_code) == (202, 202, 422)
    assert Image.objects.count() == 1


@pytest.mark.django_db
def test_search_by_upload_reads_its_file_after_the_fingerprint(world, owner):
    query = SimpleUploadedFile("q.png", picture(3))
    content = {"collections": str(world.collection.pk), "file": query}

    response = owner.post(f"{V1}/searches/", content, format="multipart", headers={"Idempotency-Key": "k"})

    assert response.status_code == 201


@pytest.mark.django_db
def test_secret_is_never_kept():
    client = client_of(make_user())

    first, second = (
        client.post(f"{V1}/me/api-keys/", {"name": "x"}, headers={"Idempotency-Key": "k"}) for _ in range(2)
    )

    assert second.json() == first.json() | {"secret": None}
    assert first.json()["secret"] not in RepeatableAnswer.objects.get().body
    assert ApiKey.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_requests_at_the_same_time_create_once():
    user = make_user()
    clients = [client_of(user) for _ in range(6)]

    def ask(client):
        try:
            return make(client, "k").status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(clients)) as threads:
        statuses = list(threads.map(ask, clients))

    assert Collection.objects.count() == 1
    assert 201 in statuses
    assert set(statuses) <= {201, 409}
    assert make(clients[0], "k")["Idempotent-Replayed"] == "true"


def repeated(client, address, content=None, **options):
    return client.post(address, content, headers={"Idempotency-Key": "k"}, **options)


def withdraw(world, name):
    world.collection.memberships.get(user=world.people[name]).delete()


@pytest.mark.django_db
def test_search_repeated_shows_only_what_may_still_be_seen(world):
    client = client_of(world.people["viewer"])
    content = {"collections": [str(world.collection.pk)], "image": str(world.images[0].pk)}
    first = repeated(client, f"{V1}/searches/", content)
    same = repeated(client, f"{V1}/searches/", content)

    withdraw(world, "viewer")
    again = repeated(client, f"{V1}/searches/", content)

    assert same.json() == first.json()
    assert (again.status_code, again["Location"], again["Idempotent-Replayed"]) == (201, first["Location"], "true")
    assert (again.json()["id"], again.json()["results"], again.json()["collections"]) == (first.json()["id"], [], [])
    assert Search.objects.count() == 1
    assert "filename" not in RepeatableAnswer.objects.get().body


@pytest.mark.django_db
@pytest.mark.parametrize("way", ["refine/", "rounds/0/branch/"])
def test_round_repeated_shows_only_what_may_still_be_seen(world, way):
    client = client_of(world.people["viewer"])
    made = client.post(f"{V1}/searches/", {"collections": [str(world.collection.pk)], "image": str(world.images[0].pk)})
    first = repeated(client, f"{made['Location']}{way}")
    same = repeated(client, f"{made['Location']}{way}")

    withdraw(world, "viewer")
    again = repeated(client, f"{made['Location']}{way}")

    assert same.json() == first.json()
    assert (again.status_code, again["Location"]) == (201, first["Location"])
    assert again.json() == first.json() | {"results": []}


@pytest.mark.django_db
def test_search_deleted_since_is_not_shown_again(world, owner):
    content = {"collections": [str(world.collection.pk)], "image": str(world.images[0].pk)}
    made = repeated(owner, f"{V1}/searches/", content)
    owner.delete(made["Location"])

    assert repeated(owner, f"{V1}/searches/", content).status_code == 404


@pytest.mark.django_db
def test_upload_repeated_shows_its_images_to_editors_alone(world):
    client = client_of(world.people["editor"])
    address = f"{V1}/collections/{world.collection.pk}/images/"

    def upload():
        files = [SimpleUploadedFile(f"{seed}.png", data) for seed, data in ((8, picture(8)), (0, picture(0, hue=0)))]
        return repeated(client, address, {"file": [*files, SimpleUploadedFile("no.png", b"no")]}, format="multipart")

    first, same = upload(), upload()
    Image.objects.get(pk=first.json()["accepted"][0]["id"]).delete()
    after_deletion = upload()
    withdraw(world, "editor")

    assert same.json() == first.json()
    assert [len(first.json()[kind]) for kind in ("accepted", "duplicates", "rejected")] == [1, 1, 1]
    assert after_deletion.json() == first.json() | {"accepted": []}
    assert upload().status_code == 404
