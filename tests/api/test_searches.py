"""Searching through the API."""

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from semblance.library.domain.images import delete_images
from semblance.library.domain.members import remove_member
from semblance.library.models import Image
from semblance.search.models import Search
from tests.api.conftest import V1, client_of
from tests.factories import make_collection, make_image, picture

pytestmark = pytest.mark.django_db
SEARCHES = f"{V1}/searches/"


def by_image(world, number=0, **values):
    return {"collections": [str(world.collection.pk)], "image": str(world.images[number].pk), **values}


def by_file(world, data, **values):
    return {"collections": str(world.collection.pk), "file": SimpleUploadedFile("q.png", data), **values}


def found(response):
    return [result["image"]["id"] for result in response.json()["results"]]


def test_search_by_image_answers_the_whole_search(world, owner):
    response = owner.post(SEARCHES, by_image(world))
    body = response.json()

    assert response.status_code == 201
    assert owner.get(response["Location"]).json() == body
    assert found(response)[0] == str(world.images[1].pk)
    assert (body["round"], body["total"], len(body["results"]), body["votes"]) == (0, 3, 3, [])
    assert body["query"] == {"kind": "image", "image": str(world.images[0].pk), "crop": None}
    assert [(r["number"], r["parent"], r["method"]) for r in body["rounds"]] == [(0, None, "rocchio")]
    assert body["collections"] == [str(world.collection.pk)]


def test_each_result_is_explained(world, owner):
    [result, *_] = owner.post(SEARCHES, by_image(world)).json()["results"]

    part = result["explanation"]["color-histogram"]
    assert result["rank"] == 1
    assert result["image"]["filename"] == world.images[1].filename
    assert part["contribution"] == pytest.approx(result["score"])
    assert part["distance"] == pytest.approx(result["distance"])


def test_search_by_upload_and_by_crop(world, owner):
    whole = owner.post(SEARCHES, by_file(world, picture(50, hue=164)), format="multipart")
    part = owner.post(SEARCHES, by_file(world, picture(50, hue=164), crop="[0.1, 0.1, 0.5, 0.5]"), format="multipart")

    cold = {str(image.pk) for image in world.images[2:]}
    assert set(found(whole)[:2]) == set(found(part)[:2]) == cold
    assert whole.json()["query"] == {"kind": "upload", "image": None, "crop": None}
    assert part.json()["query"]["crop"] == [0.1, 0.1, 0.5, 0.5]


def test_form_and_json_say_the_same(world, owner):
    values = {
        "weights": {"color-histogram": 2},
        "parameters": {"alpha": 0.5},
        "filters": {"label": "cold"},
        "limit": 1,
        "exclude_query": False,
    }
    form = {**values, **{name: f"{values[name]}".replace("'", '"') for name in ("weights", "parameters", "filters")}}

    asked = owner.post(SEARCHES, by_image(world, **values)).json()
    sent = owner.post(SEARCHES, by_image(world, **form), format="multipart").json()

    different = {"id": "", "created": "", "rounds": []}
    assert asked | different == sent | different
    assert (asked["total"], len(asked["results"]), asked["exclude_query"]) == (2, 1, False)


def test_form_that_does_not_mention_the_query_leaves_it_out(world, owner):
    response = owner.post(SEARCHES, by_image(world), format="multipart")

    assert response.json()["exclude_query"] is True
    assert str(world.images[0].pk) not in found(response)


def test_search_in_several_collections(world, owner, run_jobs):
    other = make_collection(world.people["owner"])
    image = make_image(other, hue=4)
    owner.post(f"{V1}/collections/{other.pk}/jobs/")
    run_jobs()
    both = [str(world.collection.pk), str(other.pk)]

    asked = owner.post(SEARCHES, by_image(world, collections=both))
    sent = owner.post(SEARCHES, by_file(world, picture(9, hue=2), collections=both), format="multipart")

    assert str(image.pk) in found(asked)[:2]
    assert set(sent.json()["collections"]) == set(asked.json()["collections"]) == set(both)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"collections": []}, "collections"),
        ({"collections": ["x"]}, "collections.0"),
        ({"image": None}, "file"),
        ({"image": "x"}, "image"),
        ({"crop": [0, 0, 2, 1]}, "crop"),
        ({"crop": [0, 0, 1]}, "crop"),
        ({"crop": [0, 0, 1, 10**400]}, "crop.3"),
        ({"weights": {"color-histogram": -1}}, "weights"),
        ({"weights": {"color-histogram": 10**400}}, "weights"),
        ({"weights": []}, "weights"),
        ({"method": "magic"}, "method"),
        ({"limit": 0}, "limit"),
        ({"limit": 1001}, "limit"),
        ({"filters": {"label": "\x00"}}, "filters"),
        ({"filters": {"metadata": "abc"}}, "filters"),
    ],
)
def test_impossible_search_is_refused_and_leaves_nothing(world, owner, values, field):
    response = owner.post(SEARCHES, by_image(world, **values))

    assert response.status_code == 400
    assert list(response.json()["errors"]) == [field]
    assert not Search.objects.exists()


@pytest.mark.parametrize("parameters", [{"alpha": "x"}, {"beta": -1}, {"nonsense": 1}])
def test_impossible_parameters_are_refused_at_the_latest_when_refining(world, owner, parameters):
    search = owner.post(SEARCHES, by_image(world)).json()["id"]
    owner.put(f"{SEARCHES}{search}/votes/", [{"image": str(world.images[2].pk), "value": 1}])

    response = owner.post(f"{SEARCHES}{search}/refine/", {"parameters": parameters})

    assert response.status_code == 400


def test_broken_upload_is_refused_by_its_code_and_leaves_no_file(world, owner, media):
    response = owner.post(SEARCHES, by_file(world, picture(1)[:50]), format="multipart")

    assert (response.status_code, response.json()["code"]) == (400, "broken")
    assert not Search.objects.exists()
    assert not [path for path in (media / "queries").rglob("*") if path.is_file()]


def test_search_where_nothing_is_indexed_says_so(world, owner):
    empty = make_collection(world.people["owner"])

    response = owner.post(SEARCHES, by_image(world, collections=[str(empty.pk)]))

    assert (response.status_code, response.json()["code"]) == (409, "not-indexed")


def test_search_for_or_in_what_one_may_not_see_is_not_found(world):
    stranger = client_of(world.people["stranger"])
    own = make_collection(world.people["stranger"])

    answers = [
        stranger.post(SEARCHES, by_image(world)),
        stranger.post(SEARCHES, by_image(world, collections=[str(own.pk)])),
        stranger.post(SEARCHES, by_image(world, collections=[str(own.pk), str(world.collection.pk)])),
        stranger.post(SEARCHES, by_image(world, collections=[str(uuid4())])),
    ]

    assert {answer.status_code for answer in answers} == {404}


def test_results_go_when_their_image_or_the_right_to_see_it_goes(world):
    editor = client_of(world.people["editor"])
    address = editor.post(SEARCHES, by_image(world))["Location"]
    delete_images(images=Image.objects.filter(pk=world.images[1].pk))

    after_deletion = editor.get(address).json()
    remove_member(membership=world.collection.memberships.get(user=world.people["editor"]))
    after_removal = [editor.get(address).json(), editor.get(f"{address}rounds/0/").json(), editor.get(SEARCHES).json()]

    assert {r["image"]["id"] for r in after_deletion["results"]} == {str(image.pk) for image in world.images[2:]}
    assert after_removal[0]["results"] == after_removal[1]["results"] == after_removal[2]["results"][0]["results"] == []
    assert after_removal[0]["collections"] == []


def test_history_is_newest_first_and_shows_the_best_places(world, owner):
    first = owner.post(SEARCHES, by_image(world)).json()
    second = owner.post(SEARCHES, by_image(world, 2)).json()

    history = owner.get(SEARCHES).json()["results"]

    assert [search["id"] for search in history] == [second["id"], first["id"]]
    assert history[1] == first


def test_deleted_search_is_gone(world, owner):
    address = owner.post(SEARCHES, by_image(world))["Location"]

    assert owner.delete(address).status_code == 204

    assert owner.get(address).status_code == 404
