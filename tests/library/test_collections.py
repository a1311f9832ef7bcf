"""Collections and members."""

from typing import Any

import pytest
from django.core.files.storage import default_storage

from semblance.common.errors import Conflict, InvalidInput
from semblance.library.domain.collections import change_owner, create_collection, delete_collection, update_collection
from semblance.library.domain.members import add_member, change_role, remove_member
from semblance.library.enums import Role, Visibility
from semblance.library.models import Collection, Image
from tests.factories import Work, make_collection, make_image, make_user

pytestmark = pytest.mark.django_db


def test_collection_made_from_a_name_gets_a_free_address() -> None:
    owner = make_user()

    slugs = [create_collection(owner=owner, name="Old Maps!").slug for _ in range(3)]

    assert slugs == ["old-maps", "old-maps-2", "old-maps-3"]


def test_collections_of_two_owners_may_share_an_address() -> None:
    first, second = make_collection(slug="maps"), make_collection(slug="maps")

    assert (first.slug, second.slug) == ("maps", "maps")


def test_collection_publishing_a_taken_address_is_refused() -> None:
    make_collection(slug="maps", visibility=Visibility.PUBLIC)
    second = make_collection(slug="maps")

    with pytest.raises(Conflict) as refusal:
        update_collection(collection=second, visibility=Visibility.PUBLIC)

    assert refusal.value.code == "slug-taken"
    assert Collection.objects.get(pk=second.pk).visibility == Visibility.PRIVATE


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"slug": "with space"}, "slug"),
        ({"visibility": "secret"}, "visibility"),
        ({"description": "x" * 5001}, "description"),
        ({"extractors": {"nothing": 1}}, "extractors"),
        ({"extractors": {}}, "extractors"),
        ({"extractors": {"color-histogram": -1}}, "extractors"),
        ({"extractors": {"color-histogram": float("nan")}}, "extractors"),
        ({"extractors": {"color-histogram": 0}}, "extractors"),
        ({"extractors": {"color-histogram": 1_000_001}}, "extractors"),
    ],
)
def test_collection_made_of_nonsense_is_refused_by_field(values: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        make_collection(**values)

    assert list(refusal.value.fields) == [field]
    assert Collection.objects.count() == 0


def test_collection_keeps_an_extractor_that_is_not_installed_at_the_moment() -> None:
    collection = make_collection()
    Collection.objects.update(extractors={"gone": 1.0, "color-histogram": 1.0})
    collection.refresh_from_db()

    update_collection(collection=collection, extractors={"gone": 0.5, "color-histogram": 1_000_000})

    assert Collection.objects.get().extractors == {"gone": 0.5, "color-histogram": 1_000_000}
    with pytest.raises(InvalidInput, match="No extractor is called other"):
        update_collection(collection=collection, extractors={"gone": 0.5, "other": 1})


def test_collection_deleted_leaves_no_row_and_no_file(run_jobs: Work) -> None:
    collection = make_collection()
    images = [make_image(collection) for _ in range(2)]
    names = [str(file.name) for image in images for file in (image.original, image.thumbnail)]

    delete_collection(collection=collection)
    run_jobs()

    assert Image.objects.count() == 0
    assert [name for name in names if default_storage.exists(name)] == []


def test_member_added_to_a_private_collection_makes_it_shared() -> None:
    collection, guest = make_collection(), make_user()

    add_member(collection=collection, username=guest.username, role=Role.VIEWER)

    assert Collection.objects.get(pk=collection.pk).visibility == Visibility.SHARED
    assert list(Collection.objects.visible_to(guest)) == [collection]


def test_collection_made_private_again_shuts_members_out() -> None:
    collection, guest = make_collection(), make_user()
    add_member(collection=collection, username=guest.username, role=Role.EDITOR)

    update_collection(collection=collection, visibility=Visibility.PRIVATE)

    assert list(Collection.objects.visible_to(guest)) == []
    assert list(Collection.objects.visible_to(collection.owner)) == [collection]


def test_member_twice_is_refused() -> None:
    collection, guest = make_collection(), make_user()
    add_member(collection=collection, username=guest.username, role=Role.VIEWER)

    with pytest.raises(Conflict) as refusal:
        add_member(collection=collection, username=guest.username, role=Role.EDITOR)

    assert refusal.value.code == "already-member"


def test_member_nobody_knows_is_refused() -> None:
    with pytest.raises(InvalidInput, match="Nobody here is called “ghost”"):
        add_member(collection=make_collection(), username="ghost", role=Role.VIEWER)


def test_owner_in_charge_cannot_leave_before_handing_over() -> None:
    collection, heir = make_collection(), make_user()
    own = collection.memberships.get()

    with pytest.raises(Conflict):
        remove_member(membership=own)
    with pytest.raises(Conflict):
        change_role(membership=own, role=Role.EDITOR)
    change_owner(collection=collection, owner=heir)
    own.refresh_from_db()
    remove_member(membership=own)

    assert [(m.user, m.role) for m in collection.memberships.all()] == [(heir, Role.OWNER)]


def test_collections_are_counted_by_state_in_one_query(django_assert_num_queries: Any) -> None:
    owner = make_user()
    for _ in range(3):
        make_image(make_collection(owner))

    with django_assert_num_queries(1):
        counts = [
            (c.images_count, c.pending_count, c.indexed_count, c.failed_count, c.role_value)
            for c in Collection.objects.visible_to(owner).with_counts().with_roles_of(owner)
        ]

    assert counts == [(1, 1, 0, 0, Role.OWNER)] * 3
