"""Images in the admin: find, correct, index anew, export, delete."""

import csv
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from semblance.indexing.models import Feature, Job
from semblance.library.enums import ImageState
from semblance.library.models import Image
from semblance.search.models import Result, Vote
from tests.admin.conftest import World
from tests.admin.pages import address, refusals, run_action, said
from tests.factories import Work, make_collection, make_image

pytestmark = pytest.mark.django_db


def found(root: Client, **query: str) -> set[str]:
    return {image.filename for image in root.get(address(Image, "changelist"), query).context["cl"].result_list}


def test_list_searches_and_filters(root: Client) -> None:
    ships, birds = make_collection(), make_collection()
    harbour = make_image(ships, filename="harbour.png", label="ship")
    make_image(birds, filename="gull.png", label="bird")
    Image.objects.filter(filename="gull.png").update(state=ImageState.FAILED)

    assert found(root, q="HARB") == {"harbour.png"}
    assert found(root, q="bird") == {"gull.png"}
    assert found(root, q=harbour.sha256[:12]) == {"harbour.png"}
    assert found(root, collection__id__exact=str(birds.pk)) == {"gull.png"}
    assert found(root, state__exact="failed") == {"gull.png"}
    assert found(root, label__icontains="ship") == {"harbour.png"}
    assert found(root, media_type="image/png") == {"harbour.png", "gull.png"}
    assert found(root, media_type="image/jpeg") == set()


def test_image_changes_through_the_domain(root: Client, world: World) -> None:
    image = world.images[0]
    sent = {"label": "  ship ", "tags": "sea\nsea\n red, white \n", "metadata": '{"camera": "x"}'}

    root.post(address(Image, "change", image.pk), sent)

    image.refresh_from_db()
    assert (image.label, image.tags, image.metadata) == ("ship", ["sea", "red, white"], {"camera": "x"})


def test_image_shows_what_the_domain_refuses(root: Client, world: World) -> None:
    sent = {"label": "ship", "tags": "x" * 101, "metadata": "{}"}

    answer = root.post(address(Image, "change", world.images[0].pk), sent)

    assert refusals(answer) == ["An image has at most 100 tags of at most 100 characters each."]
    assert Image.objects.get(pk=world.images[0].pk).label == ""


def test_facts_of_an_image_stay_what_they_are(root: Client, world: World) -> None:
    image = world.images[0]
    sent = {"label": "ship", "tags": "", "metadata": "{}", "sha256": "0" * 64, "width": 1, "state": "failed"}

    root.post(address(Image, "change", image.pk), sent)

    changed = Image.objects.get(pk=image.pk)
    assert changed.label == "ship"
    assert (changed.sha256, changed.width, changed.state) == (image.sha256, image.width, ImageState.INDEXED)


def test_images_are_not_added_by_hand(root: Client) -> None:
    assert root.get(address(Image, "add")).status_code == 403


def test_reindex_computes_the_vectors_of_these_images_anew(root: Client, world: World, run_jobs: Work) -> None:
    Image.objects.filter(pk=world.images[2].pk).update(state=ImageState.FAILED)
    before = {feature.image_id: feature.vector for feature in Feature.objects.all()}

    answer = run_action(root, "reindex", [world.images[0]])
    pending = set(Image.objects.filter(state=ImageState.PENDING).values_list("pk", flat=True))
    left = set(Feature.objects.values_list("image_id", flat=True))
    run_jobs()

    assert said(answer) == ["To be indexed anew: 1 image in 1 job."]
    assert pending == {world.images[0].pk}
    assert left == {world.images[1].pk, world.images[2].pk}
    assert {feature.image_id: feature.vector for feature in Feature.objects.all()} == before


def test_retry_takes_the_failed_ones_alone(root: Client, world: World) -> None:
    Image.objects.filter(pk__in=[image.pk for image in world.images[:2]]).update(state=ImageState.FAILED, error="x")

    run_action(root, "retry_failed", [world.images[0], world.images[2]])

    assert list(Image.objects.filter(state=ImageState.PENDING)) == [world.images[0]]
    assert list(Image.objects.filter(state=ImageState.FAILED)) == [world.images[1]]
    assert Job.objects.filter(state="queued").count() == 1


@pytest.mark.parametrize("by", ["action", "page"])
def test_delete_takes_files_vectors_results_and_votes_along(
    root: Client, world: World, media: Path, run_jobs: Work, by: str
) -> None:
    image = world.images[1]

    if by == "action":
        run_action(root, "delete_selected", [image], confirmed="yes")
    else:
        root.post(address(Image, "delete", image.pk), {"post": "yes"})
    run_jobs()

    assert set(Image.objects.all()) == {world.images[0], world.images[2]}
    for model in (Feature, Result, Vote):
        assert not model.objects.filter(image=image.pk).exists()
    assert len([path for path in media.rglob("*") if path.is_file()]) == 4
    assert not list(media.rglob(f"{image.pk}*"))


def test_delete_of_all_that_a_filter_finds_is_not_limited_to_a_page(
    root: Client, world: World, run_jobs: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    from semblance.library.admin import ImageAdmin

    monkeypatch.setattr(ImageAdmin, "list_per_page", 2)
    other = make_image(make_collection())
    place = f"{address(Image, 'changelist')}?collection__id__exact={world.collection.pk}"
    sent = {"action": "delete_selected", "_selected_action": [world.images[0].pk], "select_across": "1"}

    question = root.post(place, sent)
    root.post(place, sent | {"confirmed": "yes"})
    run_jobs()

    assert "Delete 3 images?" in question.content.decode()
    assert question.content.decode().count('name="_selected_action"') == 1
    assert list(Image.objects.all()) == [other]


def test_export_gives_what_is_listed_as_csv_without_formulas(root: Client, world: World) -> None:
    Image.objects.filter(pk=world.images[0].pk).update(label="=2+3", tags=["sea", "red"])

    answer: Any = root.get(address(Image, "export"), {"collection__id__exact": str(world.collection.pk), "q": "=2+3"})

    [row] = csv.DictReader(StringIO(answer.getvalue().decode()))
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert (row["id"], row["label"], row["tags"], row["collection__name"]) == (
        str(world.images[0].pk),
        "'=2+3",
        '["sea", "red"]',
        world.collection.name,
    )
