"""Public collections and their images."""

from io import BytesIO
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from PIL import Image as Picture
from PIL.ExifTags import GPS, IFD, Base
from pytest_django.fixtures import Settings

from semblance.common.images import DecodeLimits
from semblance.library.domain.images import store_image
from semblance.library.models import Image
from tests.factories import picture
from tests.gateway.world import Opened, World, document

COLLECTIONS = "/v1/collections"
pytestmark = pytest.mark.django_db


def photograph_with_place() -> bytes:
    exif = Picture.Exif()
    exif[Base.Make] = "Acme"
    exif[Base.Orientation] = 6
    exif.get_ifd(IFD.GPSInfo)[GPS.GPSLatitude] = (48.0, 51.0, 29.0)
    stream = BytesIO()
    Picture.new("RGB", (3000, 1500), "teal").save(stream, "JPEG", exif=exif, comment=b"secret")
    return stream.getvalue()


@pytest.fixture
def photograph(world: World, settings: Settings):
    settings.MEDIA_ROOT = world.media
    stored = world.commit(
        lambda: store_image(
            collection=world.flowers, data=photograph_with_place(), filename="place.jpg", user=world.owner
        )
    )
    yield stored.image
    world.commit(stored.image.delete)


def test_collections_lists_public_ones_by_name(world: World, client: FlaskClient) -> None:
    response = client.get(COLLECTIONS)

    shown = document(response)
    assert [collection["slug"] for collection in shown.pop("results")] == ["flowers", "fresh"]
    assert shown == {"total": 2, "limit": 20, "offset": 0}


def test_collection_shows_extractors_and_counts(world: World, client: FlaskClient) -> None:
    response = client.get(f"{COLLECTIONS}/flowers")

    shown = document(response)
    assert shown.pop("created").startswith("20")
    assert shown == {
        "id": str(world.flowers.pk),
        "slug": "flowers",
        "name": "Flowers",
        "description": "",
        "extractors": [{"name": "color-histogram", "weight": 1.0}],
        "counts": {"images": 9, "indexed": 9, "pending": 0, "failed": 0},
        "url": "/v1/collections/flowers",
    }


def test_collections_come_in_pages(world: World, client: FlaskClient) -> None:
    first = document(client.get(f"{COLLECTIONS}?limit=1"))
    second = document(client.get(f"{COLLECTIONS}?limit=1&offset=1"))

    assert [c["slug"] for c in first["results"] + second["results"]] == ["flowers", "fresh"]
    assert first["total"] == second["total"] == 2


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "offset=-1", "offset=99999999999999999999"])
def test_pages_that_make_no_sense_are_refused(client: FlaskClient, query: str) -> None:
    response = client.get(f"{COLLECTIONS}?{query}")

    assert (response.status_code, document(response)["code"]) == (400, "invalid")
    assert list(document(response)["errors"]) == [query.partition("=")[0]]


@pytest.mark.parametrize("slug", ["closed", "shared", "nowhere", "%00", "a%2Fb", "ü", "x" * 81])
def test_other_collections_do_not_exist(client: FlaskClient, slug: str) -> None:
    response = client.get(f"{COLLECTIONS}/{slug}")

    assert (response.status_code, response.content_type) == (404, "application/problem+json")


def test_trailing_slash_is_forgiven(client: FlaskClient) -> None:
    assert client.get(f"{COLLECTIONS}/flowers/").status_code == 200


def test_image_shows_its_facts(world: World, client: FlaskClient) -> None:
    image = world.image(94)

    response = client.get(f"{COLLECTIONS}/flowers/images/{image.pk}")

    shown = document(response)
    assert shown.pop("created").startswith("20")
    assert shown == {
        "id": str(image.pk),
        "collection": str(world.flowers.pk),
        "filename": "picture-4.png",
        "width": 48,
        "height": 32,
        "media_type": "image/png",
        "label": "hue 94",
        "tags": [],
        "metadata": {},
        "state": "indexed",
        "url": f"/v1/collections/flowers/images/{image.pk}",
        "file": f"/v1/collections/flowers/images/{image.pk}/file",
        "thumbnail": f"/v1/collections/flowers/images/{image.pk}/thumbnail",
    }


@pytest.mark.parametrize("part", ["", "/file", "/thumbnail"])
@pytest.mark.parametrize("place", ["closed", "shared", "fresh", "nowhere"])
def test_images_of_other_collections_do_not_exist(world: World, client: FlaskClient, part: str, place: str) -> None:
    hue = 92 if place == "fresh" else 94
    image = UUID(int=1) if place == "nowhere" else world.image(hue, getattr(world, place)).pk

    by_public_slug = client.get(f"{COLLECTIONS}/flowers/images/{image}{part}")
    by_own_slug = client.get(f"{COLLECTIONS}/{place}/images/{image}{part}")

    assert by_public_slug.status_code == 404
    assert by_own_slug.status_code == (200 if place == "fresh" else 404)


def test_file_is_upright_and_tells_nothing_but_pixels(photograph: Image, client: FlaskClient) -> None:
    response = client.get(f"{COLLECTIONS}/flowers/images/{photograph.pk}/file")

    assert response.content_type == "image/jpeg"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    with Picture.open(BytesIO(response.data)) as shown:
        assert (shown.size, dict(shown.getexif()), shown.info.get("comment")) == ((1024, 2048), {}, None)
    assert b"Acme" not in response.data


def test_file_keeps_its_size_where_it_is_small(world: World, client: FlaskClient) -> None:
    response = client.get(f"{COLLECTIONS}/flowers/images/{world.image(94).pk}/file")

    with Picture.open(BytesIO(response.data)) as shown:
        assert (shown.format, shown.size) == ("JPEG", (48, 32))


def test_pixel_cap_holds_for_copies_and_queries(world: World, open_gateway: Opened) -> None:
    client = open_gateway(decode_limits=DecodeLimits(max_pixels=1000))
    upload = {"file": (BytesIO(picture(1, size=(40, 26))), "query.png")}

    copied = client.get(f"{COLLECTIONS}/flowers/images/{world.image(94).pk}/file")
    searched = client.post(f"{COLLECTIONS}/flowers/search", data=upload)

    assert [document(response)["code"] for response in (copied, searched)] == ["too-many-pixels"] * 2


def test_thumbnail_is_the_stored_one(world: World, client: FlaskClient) -> None:
    image = world.image(94)

    response = client.get(f"{COLLECTIONS}/flowers/images/{image.pk}/thumbnail")

    assert response.data == (world.media / str(image.thumbnail.name)).read_bytes()
    assert response.content_type == "image/jpeg"


@pytest.mark.parametrize("part", ["file", "thumbnail"])
def test_picture_is_sent_once_to_a_cache_that_asks(world: World, client: FlaskClient, part: str) -> None:
    address = f"{COLLECTIONS}/flowers/images/{world.image(94).pk}/{part}"
    first = client.get(address)

    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})

    assert first.headers["Cache-Control"] == "no-cache"
    assert (again.status_code, again.data) == (304, b"")


def test_file_that_is_gone_is_not_found(photograph: Image, world: World, client: FlaskClient) -> None:
    (world.media / str(photograph.original.name)).unlink()

    response = client.get(f"{COLLECTIONS}/flowers/images/{photograph.pk}/file")

    assert (response.status_code, document(response)["detail"]) == (404, "The file of this picture is gone.")


def test_stored_name_outside_the_media_folder_is_not_read(photograph: Image, world: World, client: FlaskClient) -> None:
    (world.media.parent / "outside").write_bytes(picture(1))
    rows = Image.objects.filter(pk=photograph.pk)
    world.commit(lambda: rows.update(thumbnail="../outside"))

    response = client.get(f"{COLLECTIONS}/flowers/images/{photograph.pk}/thumbnail")

    assert response.status_code == 404
