"""Collections in the admin: change, publish, hand over, index, delete."""

from pathlib import Path

import pytest
from django.test import Client

from semblance.accounts.models import User
from semblance.indexing.models import Feature, Job
from semblance.library.domain.members import add_member
from semblance.library.enums import ImageState, Role, Visibility
from semblance.library.models import Collection, Image, Membership
from tests.admin.conftest import World
from tests.admin.pages import address, refusals, run_action, said
from tests.factories import Work, make_collection, make_image, make_user

pytestmark = pytest.mark.django_db


def form(collection: Collection, **changes: object) -> dict[str, object]:
    """Return what the page of a collection sends when nothing but `changes` is touched."""
    sent: dict[str, object] = {
        "name": collection.name,
        "slug": collection.slug,
        "description": collection.description,
        "visibility": collection.visibility,
        "extractors": '{"color-histogram": 1.0}',
    }
    members = list(collection.memberships.all())
    sent |= {"memberships-TOTAL_FORMS": len(members), "memberships-INITIAL_FORMS": len(members)}
    for number, member in enumerate(members):
        sent[f"memberships-{number}-id"] = member.pk
        sent[f"memberships-{number}-collection"] = collection.pk
        sent[f"memberships-{number}-role"] = member.role
    return sent | changes


def save(root: Client, collection: Collection, **changes: object) -> list[str]:
    """Send the page and return its errors."""
    answer = root.post(address(Collection, "change", collection.pk), form(collection, **changes))
    return refusals(answer)


def test_list_counts_images_by_state(root: Client, world: World) -> None:
    Image.objects.filter(pk=world.images[0].pk).update(state=ImageState.FAILED)

    page = root.get(address(Collection, "changelist"))

    [row] = page.context["cl"].result_list
    assert (row.images_count, row.indexed_count, row.pending_count, row.failed_count) == (3, 2, 0, 1)


def test_list_filters_by_visibility_and_owner_and_searches(root: Client) -> None:
    anna, bert = make_user("anna"), make_user("bert")
    ships = make_collection(anna, name="Ships", visibility=Visibility.PUBLIC)
    birds = make_collection(bert, name="Birds")

    def found(**query: str) -> list[Collection]:
        return list(root.get(address(Collection, "changelist"), query).context["cl"].result_list)

    assert found(visibility__exact="public") == [ships]
    assert found(owner__id__exact=str(bert.pk)) == [birds]
    assert found(q="bird") == [birds]
    assert found(q="anna") == [ships]


def test_collection_changes_through_the_domain(root: Client, world: World) -> None:
    errors = save(root, world.collection, name="  Harbours ", slug="harbours", visibility="public")

    world.collection.refresh_from_db()
    assert errors == []
    assert (world.collection.name, world.collection.slug, world.collection.visibility) == (
        "Harbours",
        "harbours",
        "public",
    )


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"extractors": '{"nonsense": 1}'}, "Unknown: nonsense."),
        (
            {"extractors": '{"color-histogram": -1}'},
            "Give at least one extractor, with weights from 0 to 1,000,000 that are not all 0.",
        ),
        ({"slug": "taken"}, "Another collection of the same owner already has this address; choose another slug."),
    ],
)
def test_collection_shows_what_the_domain_refuses(
    root: Client, world: World, changes: dict[str, object], error: str
) -> None:
    make_collection(world.owner, slug="taken")

    errors = save(root, world.collection, name="New name", **changes)

    assert errors == [error]
    assert Collection.objects.get(pk=world.collection.pk).name == world.collection.name


def test_collection_is_made_for_somebody_through_the_domain(root: Client) -> None:
    anna = make_user()

    root.post(
        address(Collection, "add"),
        {"owner": anna.pk, "name": "Ships", "slug": "", "description": "", "visibility": "private", "extractors": ""},
    )

    made = Collection.objects.get()
    assert (made.owner, made.slug) == (anna, "ships")
    assert made.memberships.get().role == Role.OWNER


def test_publish_shows_the_slug_conflict_and_changes_nothing(root: Client) -> None:
    first = make_collection(slug="ships")
    second = make_collection(slug="ships")
    third = make_collection(slug="birds")

    answer = run_action(root, "publish", [first, second, third])

    assert said(answer) == ["A public collection already has this address; choose another slug."]
    assert not Collection.objects.filter(visibility=Visibility.PUBLIC).exists()


def test_publish_and_unpublish(root: Client) -> None:
    collections = [make_collection(), make_collection()]

    published = run_action(root, "publish", collections)
    public = Collection.objects.filter(visibility=Visibility.PUBLIC).count()
    unpublished = run_action(root, "unpublish", collections)

    assert (said(published), public) == (["Now public: 2 collections."], 2)
    assert said(unpublished)[-1] == "Now shared: 2 collections."
    assert Collection.objects.filter(visibility=Visibility.SHARED).count() == 2


def test_unpublish_opens_nothing_that_was_private(root: Client) -> None:
    collection = make_collection()

    run_action(root, "unpublish", [collection])

    assert Collection.objects.get().visibility == Visibility.PRIVATE


def test_hand_over_asks_for_the_owner_first(root: Client, world: World) -> None:
    answer = run_action(root, "hand_over", [world.collection])

    assert answer.status_code == 200
    assert "New owner" in answer.content.decode()
    assert Collection.objects.get().owner == world.owner


def test_hand_over_makes_another_owner(root: Client, world: World) -> None:
    anna = make_user("anna")

    answer = run_action(root, "hand_over", [world.collection], confirmed="yes", owner=anna.pk)

    assert said(answer) == ["anna now owns 1 collection."]
    assert Collection.objects.get().owner == anna
    assert Membership.objects.get(user=anna).role == Role.OWNER


def test_hand_over_of_several_is_whole_or_nothing(root: Client) -> None:
    anna = make_user("anna")
    make_collection(anna, slug="ships")
    birds, ships = make_collection(slug="birds"), make_collection(slug="ships")

    answer = run_action(root, "hand_over", [birds, ships], confirmed="yes", owner=anna.pk)

    assert said(answer) == ["Another collection of the same owner already has this address; choose another slug."]
    assert not Collection.objects.filter(owner=anna, slug="birds").exists()


def test_hand_over_to_somebody_locked_out_is_refused(root: Client, world: World) -> None:
    gone = make_user(is_active=False)

    answer = run_action(root, "hand_over", [world.collection], confirmed="yes", owner=gone.pk)

    assert "This person cannot sign in and so cannot own a collection." in answer.content.decode()
    assert Collection.objects.get().owner == world.owner


def test_reindex_computes_what_is_missing(root: Client, superuser: User, world: World, run_jobs: Work) -> None:
    make_image(world.collection)

    answer = run_action(root, "reindex", [world.collection])
    job = Job.objects.first()
    run_jobs()

    assert said(answer) == ["To be indexed: 1 collection."]
    assert job is not None
    assert job.requested_by == superuser
    assert Feature.objects.filter(collection=world.collection).count() == 4


def test_retry_failed_gives_images_another_chance(root: Client, world: World, run_jobs: Work) -> None:
    Feature.objects.filter(image=world.images[0].pk).delete()
    Image.objects.filter(pk=world.images[0].pk).update(state=ImageState.FAILED, error="The disk was away.")

    run_action(root, "retry_failed", [world.collection])
    run_jobs()

    world.images[0].refresh_from_db()
    assert (world.images[0].state, world.images[0].error) == (ImageState.INDEXED, "")
    assert Feature.objects.filter(image=world.images[0].pk).exists()


def test_delete_asks_first_and_says_what_goes(root: Client, world: World) -> None:
    answer = run_action(root, "delete_selected", [world.collection])

    assert f"{world.collection} of {world.owner}: 3 images with all that hangs on them" in answer.content.decode()
    assert Collection.objects.exists()


@pytest.mark.parametrize("by", ["action", "page"])
def test_delete_takes_files_and_vectors_along(root: Client, world: World, media: Path, run_jobs: Work, by: str) -> None:
    kept = make_image(make_collection())

    if by == "action":
        run_action(root, "delete_selected", [world.collection], confirmed="yes")
    else:
        root.post(address(Collection, "delete", world.collection.pk), {"post": "yes"})
    run_jobs()

    assert list(Collection.objects.all()) == [kept.collection]
    assert not Feature.objects.exists()
    files = sorted(str(path.relative_to(media)) for path in media.rglob("*") if path.is_file())
    assert files == sorted([str(kept.original.name), str(kept.thumbnail.name)])


def test_members_change_on_the_page_of_the_collection(root: Client, world: World) -> None:
    anna, bert = make_user("anna"), make_user("bert")
    old = add_member(collection=world.collection, username="anna", role=Role.VIEWER)
    world.collection.refresh_from_db()
    sent = form(world.collection)
    number = next(n for n in range(2) if sent[f"memberships-{n}-id"] == old.pk)

    errors = save(
        root,
        world.collection,
        **{
            f"memberships-{number}-role": int(Role.EDITOR),
            "memberships-TOTAL_FORMS": 3,
            "memberships-2-user": bert.pk,
            "memberships-2-role": int(Role.ANNOTATOR),
        },
    )

    assert errors == []
    assert {m.user: m.role for m in Membership.objects.all()} == {
        world.owner: Role.OWNER,
        anna: Role.EDITOR,
        bert: Role.ANNOTATOR,
    }


@pytest.mark.parametrize("change", [{"memberships-0-DELETE": "on"}, {"memberships-0-role": int(Role.VIEWER)}])
def test_owner_stays_a_member_of_their_collection(root: Client, world: World, change: dict[str, object]) -> None:
    errors = save(root, world.collection, **change)

    assert errors == ["This person answers for the collection; make somebody else its owner first."]
    assert Membership.objects.get().role == Role.OWNER


def test_member_who_is_in_already_is_refused(root: Client, world: World) -> None:
    changes = {
        "memberships-TOTAL_FORMS": 2,
        "memberships-1-user": world.owner.pk,
        "memberships-1-role": int(Role.VIEWER),
    }

    errors = save(root, world.collection, **changes)

    assert errors == [f"{world.owner} is a member already; change the role instead."]


def test_new_member_makes_a_private_collection_shared(root: Client, world: World) -> None:
    changes = {
        "memberships-TOTAL_FORMS": 2,
        "memberships-1-user": make_user().pk,
        "memberships-1-role": int(Role.VIEWER),
    }

    save(root, world.collection, **changes)

    assert Collection.objects.get().visibility == Visibility.SHARED
