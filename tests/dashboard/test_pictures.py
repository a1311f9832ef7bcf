"""One picture and its bytes; many at once; keys; jobs; evaluations."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from semblance.accounts.models import ApiKey
from semblance.indexing.domain.jobs import request_indexing
from semblance.library.enums import ImageState
from semblance.library.models import Image
from semblance.search.models import Evaluation
from tests.dashboard.conftest import World
from tests.factories import Work

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(as_: Callable[[str], Client]) -> Client:
    return as_("owner")


@pytest.mark.parametrize("name", ["thumbnail", "preview"])
def test_shown_pictures_are_ours_and_kept_by_this_browser_alone(owner: Client, world: World, name: str) -> None:
    response = owner.get(reverse(f"dashboard:{name}", args=[world.images[0].pk]))

    assert b"".join(response).startswith(b"\xff\xd8")
    assert response.headers["Content-Type"] == "image/jpeg"
    assert response.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_original_leaves_as_an_attachment(owner: Client, world: World) -> None:
    response = owner.get(reverse("dashboard:original", args=[world.images[0].pk]))

    assert b"".join(response).startswith(b"\x89PNG")
    assert response.headers["Content-Disposition"] == f'attachment; filename="{world.images[0].filename}"'


def test_original_reaches_those_who_only_look_as_a_copy(as_: Callable[[str], Client], world: World) -> None:
    response = as_("viewer").get(reverse("dashboard:original", args=[world.images[0].pk]))

    assert b"".join(response).startswith(b"\xff\xd8")
    assert response.headers["Content-Type"] == "image/jpeg"
    assert response.headers["Content-Disposition"].endswith('.jpg"')


def test_picture_whose_file_is_gone_is_not_there(owner: Client, world: World) -> None:
    world.images[0].thumbnail.delete(save=False)

    assert owner.get(reverse("dashboard:thumbnail", args=[world.images[0].pk])).status_code == 404


def test_label_and_tags_are_changed(owner: Client, world: World) -> None:
    owner.post(reverse("dashboard:image", args=[world.images[0].pk]), {"label": "sunset", "tags": "sea, sky , sea"})

    image = Image.objects.get(pk=world.images[0].pk)
    assert (image.label, image.tags) == ("sunset", ["sea", "sky"])


def test_too_many_tags_are_refused_beside_the_field(owner: Client, world: World) -> None:
    tags = ",".join(f"tag {n}" for n in range(101))

    page = owner.post(reverse("dashboard:image", args=[world.images[0].pk]), {"label": "", "tags": tags})

    assert page.status_code == 422
    assert "at most 100 tags" in str(page.context["form"].errors["tags"])


def test_picture_shows_neighbours_and_the_state_of_its_features(owner: Client, world: World) -> None:
    page = owner.get(reverse("dashboard:image", args=[world.images[1].pk]))
    neighbours = owner.get(reverse("dashboard:neighbours", args=[world.images[1].pk]))

    assert [there for _, there in page.context["features"]] == [True]
    assert page.context["beside"] == (world.images[2].pk, world.images[0].pk)
    assert {image.pk for image in neighbours.context["images"]} == {i.pk for i in world.images} - {world.images[1].pk}


def test_chosen_pictures_are_tagged(owner: Client, world: World) -> None:
    chosen = [str(image.pk) for image in world.images[:2]]

    owner.post(
        reverse("dashboard:selection", args=[world.collection.pk]), {"action": "tag", "tag": "seen", "image": chosen}
    )

    assert [Image.objects.get(pk=image.pk).tags for image in world.images] == [["seen"], ["seen"], [], []]


def test_chosen_pictures_are_deleted_once_one_is_sure(owner: Client, world: World) -> None:
    address = reverse("dashboard:selection", args=[world.collection.pk])
    chosen = {"action": "delete", "image": [str(image.pk) for image in world.images[:2]]}

    question = owner.post(address, chosen)
    before = Image.objects.count()
    owner.post(address, chosen | {"sure": "yes"})

    assert "Delete 2 pictures?" in question.content.decode()
    assert (before, Image.objects.count()) == (4, 2)


def test_pictures_of_another_collection_are_not_touched(as_: Callable[[str], Client], world: World) -> None:
    stranger = as_("stranger")
    stranger.post(reverse("dashboard:collection-new"), {"name": "Mine"})
    own = world.people["stranger"].owned_collections.get()

    stranger.post(
        reverse("dashboard:selection", args=[own.pk]),
        {"action": "delete", "sure": "yes", "image": [str(world.images[0].pk)]},
    )

    assert Image.objects.count() == 4


def test_secret_of_a_key_is_shown_once_and_kept_by_no_cache(owner: Client) -> None:
    made = owner.post(reverse("dashboard:account"), {"name": "program"})
    later = owner.get(reverse("dashboard:account"))

    secret = made.context["secret"]
    assert secret in made.content.decode()
    assert made.headers["Cache-Control"] == "no-store"
    assert secret not in later.content.decode()


def test_revoked_key_is_gone(owner: Client) -> None:
    owner.post(reverse("dashboard:account"), {"name": "program"})

    owner.post(reverse("dashboard:key-revoke", args=[ApiKey.objects.get().pk]))

    assert not ApiKey.objects.exists()


def test_job_shows_what_was_set_aside_and_why(owner: Client, world: World) -> None:
    Image.objects.filter(pk=world.images[2].pk).update(state=ImageState.FAILED, error="It fell apart.")
    job = world.collection.jobs.get()

    page = owner.get(reverse("dashboard:job", args=[job.pk]))

    assert "It fell apart." in page.content.decode()
    assert [image.pk for image in page.context["failures"]] == [world.images[2].pk]


def test_job_is_cancelled_once(owner: Client, world: World) -> None:
    job = request_indexing(collection=world.collection, user=None)
    address = reverse("dashboard:job-cancel", args=[job.pk])

    owner.post(address)
    again = owner.post(address)

    job.refresh_from_db()
    assert job.state == "cancelled"
    assert (again.status_code, "This job is over already" in again.content.decode()) == (409, True)


def test_evaluation_shows_its_figures(owner: Client, world: World, run_jobs: Work) -> None:
    owner.post(reverse("dashboard:evaluations", args=[world.collection.pk]), {"feedback": "", "queries": ""})
    made = Evaluation.objects.get()
    address = reverse("dashboard:evaluation", args=[world.collection.pk, made.pk])

    waiting = owner.get(address).content.decode()
    run_jobs()
    page = owner.get(address)

    assert "Waiting for a worker" in waiting
    assert [row.name for row in page.context["rows"]] == ["color-histogram", "color-histogram"]
    assert {name for name, _, _ in page.context["classes"]} == {"warm", "cold"}


def test_evaluation_of_a_method_shows_its_rounds(owner: Client, world: World, run_jobs: Work) -> None:
    owner.post(reverse("dashboard:evaluations", args=[world.collection.pk]), {"feedback": "rocchio"})
    run_jobs()

    page = owner.get(reverse("dashboard:evaluation", args=[world.collection.pk, Evaluation.objects.get().pk]))

    assert [round_["round"] for round_ in page.context["rounds"]] == [0, 1, 2, 3, 4, 5]


def test_evaluation_that_cannot_be_is_refused_with_the_reason(owner: Client, world: World) -> None:
    world.collection.images.update(label="")

    page = owner.post(reverse("dashboard:evaluations", args=[world.collection.pk]), {"feedback": ""})

    assert page.status_code == 422
    assert page.context["form"].non_field_errors()
