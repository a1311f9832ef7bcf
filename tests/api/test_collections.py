"""Collections and members."""

import pytest

from semblance.indexing.models import Job
from semblance.library.models import Collection
from tests.api.conftest import V1, client_of
from tests.factories import make_collection, make_image, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return make_user(username="ada")


@pytest.fixture
def client(ada):
    return client_of(ada)


def test_collection_is_made_and_found_at_its_address(client):
    content = {
        "name": "Holidays",
        "description": "Sea",
        "extractors": [{"name": "color-histogram", "weight": 0.5}],
    }

    made = client.post(f"{V1}/collections/", content)
    found = client.get(made["Location"])

    assert made.status_code == 201
    assert found.json() == made.json()
    assert made.json() | {"id": "", "created": "", "modified": ""} == content | {
        "id": "",
        "slug": "holidays",
        "visibility": "private",
        "counts": {"images": 0, "indexed": 0, "pending": 0, "failed": 0},
        "role": "owner",
        "created": "",
        "modified": "",
    }
    assert made.json()["created"].endswith("Z")


def test_collection_takes_the_installations_extractors_when_none_are_named(client, settings):
    settings.SEMBLANCE_DEFAULT_EXTRACTORS = {"color-histogram": 1.0}

    made = client.post(f"{V1}/collections/", {"name": "x"}).json()

    assert made["extractors"] == [{"name": "color-histogram", "weight": 1.0}]


@pytest.mark.parametrize(
    ("extractors", "field"),
    [
        ([{"name": "no-such"}], "extractors"),
        ([{"name": "color-histogram", "weight": 0}], "extractors"),
        ([{"name": "color-histogram"}, {"name": "color-histogram"}], "extractors"),
        ([], "extractors"),
        ([{"name": "color-histogram", "weight": 10**400}], "extractors.0.weight"),
    ],
)
def test_collection_with_impossible_extractors_is_refused(client, extractors, field):
    response = client.post(f"{V1}/collections/", {"name": "x", "extractors": extractors})

    assert response.status_code == 400
    assert list(response.json()["errors"]) == [field]


def test_collection_counts_its_images_by_state(client, ada):
    collection = make_collection(ada)
    make_image(collection)

    found = client.get(f"{V1}/collections/{collection.pk}/").json()

    assert found["counts"] == {"images": 1, "indexed": 0, "pending": 1, "failed": 0}


def test_collection_is_changed_in_the_fields_that_are_sent(client, ada):
    collection = make_collection(ada, name="Before", description="Stays")

    response = client.patch(f"{V1}/collections/{collection.pk}/", {"name": "After", "visibility": "public"})

    changed = Collection.objects.get()
    assert response.json()["name"] == "After"
    assert (changed.name, changed.description, changed.visibility) == ("After", "Stays", "public")
    assert not Job.objects.exists()


@pytest.mark.parametrize("extractors", [[{}], [{"weight": 1}], [{"name": "color-histogram", "weight": "x"}]])
def test_incomplete_change_is_refused(client, ada, extractors):
    collection = make_collection(ada)

    response = client.patch(f"{V1}/collections/{collection.pk}/", {"extractors": extractors})

    assert response.status_code == 400


def test_change_of_an_extractor_needs_no_weight(client, ada):
    collection = make_collection(ada)

    response = client.patch(f"{V1}/collections/{collection.pk}/", {"extractors": [{"name": "color-histogram"}]})

    assert response.json()["extractors"] == [{"name": "color-histogram", "weight": 1.0}]


def test_other_extractors_have_the_missing_features_computed(client, ada):
    collection = make_collection(ada)
    content = {"extractors": [{"name": "color-histogram"}, {"name": "mobilenet-v2"}]}

    client.patch(f"{V1}/collections/{collection.pk}/", content)
    client.patch(f"{V1}/collections/{collection.pk}/", {"extractors": [{"name": "mobilenet-v2", "weight": 2}]})

    assert Job.objects.get().collection == collection


def test_edit_of_a_state_that_is_gone_is_refused(client, ada):
    collection = make_collection(ada)
    address = f"{V1}/collections/{collection.pk}/"
    seen = client.get(address)["ETag"]

    first = client.patch(address, {"name": "First"}, headers={"If-Match": seen})
    second = client.patch(address, {"name": "Second"}, headers={"If-Match": seen})
    third = client.patch(address, {"name": "Third"}, headers={"If-Match": first["ETag"]})

    assert (first.status_code, second.status_code, third.status_code) == (200, 412, 200)
    assert Collection.objects.get().name == "Third"


def test_deleted_collection_is_gone(client, ada):
    collection = make_collection(ada)

    response = client.delete(f"{V1}/collections/{collection.pk}/")

    assert response.status_code == 204
    assert client.get(f"{V1}/collections/{collection.pk}/").status_code == 404


def test_collections_are_listed_newest_first_with_the_callers_role(client, ada):
    mine = make_collection(ada, name="Mine")
    make_collection(name="Hidden")
    public = make_collection(name="Public", visibility="public")

    found = client.get(f"{V1}/collections/").json()["results"]

    assert [(c["id"], c["role"]) for c in found] == [(str(public.pk), "viewer"), (str(mine.pk), "owner")]


def test_collections_are_narrowed_by_slug_and_visibility(client, ada):
    one = make_collection(ada, name="One")
    make_collection(ada, name="Two", visibility="public")

    by_slug = client.get(f"{V1}/collections/?slug=one").json()["results"]
    by_visibility = client.get(f"{V1}/collections/?visibility=private").json()["results"]

    assert [c["id"] for c in by_slug] == [c["id"] for c in by_visibility] == [str(one.pk)]
    assert client.get(f"{V1}/collections/?visibility=odd").status_code == 400


def test_member_comes_changes_and_goes(client, ada):
    collection = make_collection(ada)
    bob = make_user(username="bob")
    address = f"{V1}/collections/{collection.pk}/members/"

    added = client.post(address, {"username": "bob", "role": "viewer"})
    seen = client_of(bob).get(f"{V1}/collections/{collection.pk}/").json()
    changed = client.patch(f"{address}bob/", {"role": "editor"})
    removed = client.delete(added["Location"])

    assert (added.status_code, removed.status_code) == (201, 204)
    assert (seen["role"], seen["visibility"]) == ("viewer", "shared")
    assert changed.json() == added.json() | {"role": "editor"}
    assert client_of(bob).get(f"{V1}/collections/{collection.pk}/").status_code == 404


@pytest.mark.parametrize(
    ("content", "status"),
    [
        ({"username": "nobody", "role": "viewer"}, 400),
        ({"username": "bob", "role": "king"}, 400),
        ({"username": "ada", "role": "viewer"}, 409),
    ],
)
def test_impossible_member_is_refused(client, ada, content, status):
    make_user(username="bob")
    collection = make_collection(ada)

    response = client.post(f"{V1}/collections/{collection.pk}/members/", content)

    assert response.status_code == status


def test_owner_stays_and_unknown_members_are_not_found(client, ada):
    collection = make_collection(ada)
    address = f"{V1}/collections/{collection.pk}/members/"

    assert client.delete(f"{address}ada/").status_code == 409
    assert client.patch(f"{address}ada/", {"role": "viewer"}).status_code == 409
    assert client.delete(f"{address}nobody/").status_code == 404
    assert client.patch(f"{address}ada/", {}).status_code == 400
