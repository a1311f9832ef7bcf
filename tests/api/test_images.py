"""Uploads, images and their files."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image as Picture
from PIL.ExifTags import GPS, IFD, Base

from semblance.common.images import DEFAULT_LIMITS
from semblance.indexing.models import Job
from semblance.library.domain.images import store_image
from semblance.library.domain.members import add_member
from semblance.library.enums import Role
from semblance.library.models import Image
from tests.api.conftest import V1, client_of
from tests.factories import make_collection, make_image, make_user, picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def collection():
    return make_collection()


@pytest.fixture
def client(collection):
    return client_of(collection.owner)


def upload(client, collection, *files, **fields):
    parts = [SimpleUploadedFile(name, data) for name, data in files]
    return client.post(f"{V1}/collections/{collection.pk}/images/", {"file": parts, **fields}, format="multipart")


def content(response):
    return b"".join(response.streaming_content)


def test_upload_says_of_each_file_what_became_of_it(client, collection):
    known = make_image(collection, seed=1)
    files = [("a.png", picture(2)), ("again.png", picture(1)), ("bad.png", picture(3)[:60]), ("a2.png", picture(2))]

    response = upload(client, collection, *files, ("empty.png", b""))
    body = response.json()

    new = Image.objects.get(filename="a.png")
    assert response.status_code == 202
    assert [image["id"] for image in body["accepted"]] == [str(new.pk)]
    assert [(d["file"], d["image"]["id"]) for d in body["duplicates"]] == [
        ("again.png", str(known.pk)),
        ("a2.png", str(new.pk)),
    ]
    assert [(r["file"], r["code"]) for r in body["rejected"]] == [("bad.png", "broken"), ("empty.png", "empty")]


def test_upload_of_many_asks_for_one_job_and_leads_to_it(client, collection, run_jobs):
    response = upload(client, collection, ("a.png", picture(1)), ("b.png", picture(2)), ("c.png", picture(3)))
    waiting = client.get(response["Location"]).json()
    run_jobs()
    done = client.get(response["Location"]).json()

    assert Job.objects.count() == 1
    assert (waiting["state"], waiting["total"]) == ("queued", 3)
    assert (done["state"], done["done"]) == ("succeeded", 3)
    assert set(Image.objects.values_list("state", flat=True)) == {"indexed"}


def test_upload_without_anything_to_index_asks_for_no_job(client, collection):
    make_image(collection, seed=1)
    Image.objects.update(state="indexed")

    response = upload(client, collection, ("a.png", picture(1)))

    assert "Location" not in response
    assert not Job.objects.exists()


def test_upload_repeated_after_its_process_died_asks_for_the_job(client, collection):
    make_image(collection, seed=1)

    response = upload(client, collection, ("a.png", picture(1)))

    assert [known["file"] for known in response.json()["duplicates"]] == ["a.png"]
    assert response["Location"] == f"{V1}/jobs/{Job.objects.get().pk}/"


def test_upload_keeps_what_is_said_of_the_files(client, collection):
    response = upload(
        client, collection, ("../../a\n.png", picture(1)), label="sea", tags='["x", "y"]', metadata='{"year": 2024}'
    )
    repeated = upload(client, collection, ("b.png", picture(2)), tags=["x", "y"])

    [image] = response.json()["accepted"]
    assert (image["label"], image["tags"], image["metadata"]) == ("sea", ["x", "y"], {"year": 2024})
    assert (image["filename"], image["media_type"], image["width"], image["height"]) == ("a.png", "image/png", 48, 32)
    assert repeated.json()["accepted"][0]["tags"] == ["x", "y"]


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"metadata": "[1]"}, "metadata"),
        ({"metadata": "{"}, "metadata"),
        ({"metadata": '{"a": ' + "[" * 100_000}, "metadata"),
        ({"metadata": '{"a": "\\u0000"}'}, "metadata"),
        ({"metadata": '{"a": "\\ud800"}'}, "metadata"),
        ({"metadata": '{"a": 1e999}'}, "metadata"),
        ({"metadata": '{"a": ' + "[" * 40 + "]" * 40 + "}"}, "metadata"),
        ({"tags": "[1"}, "tags"),
        ({"tags": "[" * 100_000}, "tags"),
        ({"tags": ["x" * 101]}, "tags.0"),
        ({"label": "x" * 201}, "label"),
    ],
)
def test_upload_with_impossible_facts_stores_nothing(client, collection, fields, name):
    response = upload(client, collection, ("a.png", picture(1)), **fields)

    assert response.status_code == 400
    assert list(response.json()["errors"]) == [name]
    assert not Image.objects.exists()


@pytest.mark.parametrize("parts", [{}, {"file": "text"}, {"other": SimpleUploadedFile("a.png", b"x")}])
def test_upload_without_a_file_is_refused(client, collection, parts):
    response = client.post(f"{V1}/collections/{collection.pk}/images/", parts, format="multipart")

    assert response.status_code == 400
    assert response.json()["errors"]


def test_upload_of_too_many_files_is_refused(client, collection, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 1

    response = upload(client, collection, ("a.png", picture(1)), ("b.png", picture(2)))

    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"


def test_upload_of_a_file_beyond_the_limit_is_refused(client, collection):
    response = upload(client, collection, ("big.png", b"x" * (DEFAULT_LIMITS.max_bytes + 1000)), ("a.png", picture(1)))

    assert [(r["file"], r["code"]) for r in response.json()["rejected"]] == [("big.png", "too-many-bytes")]
    assert len(response.json()["accepted"]) == 1


def test_images_are_narrowed_by_label_tag_state_and_text(client, collection):
    make_image(collection, filename="cat.png", label="cat", tags=["soft"])
    make_image(collection, filename="dog.png", label="dog", tags=["soft", "loud"])

    def found(query):
        page = client.get(f"{V1}/collections/{collection.pk}/images/?{query}").json()
        return sorted(image["label"] for image in page["results"])

    assert found("") == ["cat", "dog"]
    assert found("label=cat") == ["cat"]
    assert found("tag=loud") == ["dog"]
    assert found("q=DOG.") == ["dog"]
    assert found("state=pending&q=soft") == ["cat", "dog"]
    assert found("state=failed") == []


def test_impossible_filters_are_refused(client, collection):
    address = f"{V1}/collections/{collection.pk}/images/"

    assert client.get(f"{address}?state=odd").status_code == 400
    assert client.get(f"{address}?q=%00").status_code == 400


def test_image_is_changed_in_the_fields_that_are_sent(client, collection):
    image = make_image(collection, label="cat", tags=["a"])

    response = client.patch(f"{V1}/images/{image.pk}/", {"tags": ["b", "c"], "metadata": {"n": 1}})

    assert response.json() == client.get(f"{V1}/images/{image.pk}/").json()
    image.refresh_from_db()
    assert (image.label, image.tags, image.metadata) == ("cat", ["b", "c"], {"n": 1})


def test_edit_of_an_image_that_changed_meanwhile_is_refused(client, collection):
    image = make_image(collection)
    seen = client.get(f"{V1}/images/{image.pk}/")["ETag"]

    first = client.patch(f"{V1}/images/{image.pk}/", {"label": "a"}, headers={"If-Match": seen})
    second = client.patch(f"{V1}/images/{image.pk}/", {"label": "b"}, headers={"If-Match": seen})

    assert (first.status_code, second.status_code) == (200, 412)


def test_deleted_image_leaves_neither_row_nor_files(client, collection, run_jobs, media):
    image = make_image(collection)

    response = client.delete(f"{V1}/images/{image.pk}/")
    run_jobs()

    assert response.status_code == 204
    assert [path for path in media.rglob("*") if path.is_file()] == []


def test_original_comes_as_it_was_and_never_runs(client, collection):
    image = make_image(collection, seed=5, filename="Zürich “1”.png")

    response = client.get(f"{V1}/images/{image.pk}/file", headers={"Accept": "image/avif"})

    assert content(response) == picture(5)
    assert response["Content-Type"] == "image/png"
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''Z%C3%BCrich")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert int(response["Content-Length"]) == image.size


@pytest.mark.parametrize(("role", "original"), [(Role.EDITOR, True), (Role.ANNOTATOR, False), (Role.VIEWER, False)])
def test_original_is_for_those_who_answer_for_it(collection, role, original):
    data = photograph_with_its_place()
    image = store_image(collection=collection, data=data, filename="a.tar.png", user=None).image
    member = make_user()
    add_member(collection=collection, username=member.username, role=role)

    response = client_of(member).get(f"{V1}/images/{image.pk}/file")
    sent = content(response)

    assert (sent == data) is original
    assert bool(Picture.open(BytesIO(sent)).getexif()) is original
    assert response["Content-Type"] == ("image/png" if original else "image/jpeg")
    assert response["Content-Disposition"] == f'attachment; filename="a.tar.{"png" if original else "jpg"}"'
    assert (response["ETag"].endswith('-c"'), response["Cache-Control"]) == (not original, "private, no-cache")


def photograph_with_its_place():
    exif = Picture.Exif()
    exif[Base.Make] = "Acme"
    exif.get_ifd(IFD.GPSInfo)[GPS.GPSLatitude] = (48.0, 51.0, 29.0)
    stream = BytesIO()
    Picture.new("RGB", (60, 40), "teal").save(stream, "PNG", exif=exif)
    return stream.getvalue()


def test_original_of_an_unknown_type_is_mere_bytes(client, collection):
    image = make_image(collection)
    Image.objects.update(media_type="text/html")

    response = client.get(f"{V1}/images/{image.pk}/file")
    content(response)

    assert response["Content-Type"] == "application/octet-stream"


def test_thumbnail_is_cached_for_good_by_its_caller_alone(client, collection):
    image = make_image(collection)
    address = f"{V1}/images/{image.pk}/thumbnail"

    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first["ETag"]})

    assert Picture.open(BytesIO(content(first))).format == "JPEG"
    assert first["Cache-Control"] == "private, max-age=31536000, immutable"
    assert {"Authorization", "Cookie"} <= set(first["Vary"].split(", "))
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])


def test_file_that_is_missing_in_the_storage_is_said_to_be(client, collection):
    image = make_image(collection)
    image.original.storage.delete(str(image.original.name))

    response = client.get(f"{V1}/images/{image.pk}/file")

    assert response.json()["code"] == "file-missing"


def test_viewer_of_another_collection_learns_nothing(collection):
    image = make_image(collection)
    stranger = client_of(make_user())

    answers = [stranger.get(f"{V1}/images/{pk}/").json() for pk in (image.pk, "00000000-0000-4000-8000-000000000000")]

    assert answers[0] == answers[1]
