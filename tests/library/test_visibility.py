"""Who may see and do what: every visibility, every role, every way to ask."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from semblance.accounts.models import User
from semblance.library.domain.collections import change_owner, update_collection
from semblance.library.domain.members import add_member, change_role, remove_member
from semblance.library.enums import Role, Visibility
from semblance.library.models import Collection, Image, Membership
from tests.factories import make_collection, make_image, make_user

pytestmark = pytest.mark.django_db

NONE, VIEWER, ANNOTATOR, EDITOR, OWNER = 0, Role.VIEWER, Role.ANNOTATOR, Role.EDITOR, Role.OWNER
MEMBERS = {"viewer": VIEWER, "annotator": ANNOTATOR, "editor": EDITOR, "second owner": OWNER}
PEOPLE = ("anonymous", "stranger", *MEMBERS, "owner")
REACH: dict[str, dict[str, int]] = {
    "private": dict(zip(PEOPLE, (NONE, NONE, NONE, NONE, NONE, OWNER, OWNER), strict=True)),
    "shared": dict(zip(PEOPLE, (NONE, NONE, VIEWER, ANNOTATOR, EDITOR, OWNER, OWNER), strict=True)),
    "public": dict(zip(PEOPLE, (VIEWER, VIEWER, VIEWER, ANNOTATOR, EDITOR, OWNER, OWNER), strict=True)),
}


@pytest.fixture
def collection() -> Collection:
    """A shared collection of one image, with a member of each role."""
    collection = make_collection(visibility=Visibility.SHARED)
    make_image(collection)
    for role in MEMBERS.values():
        add_member(collection=collection, username=make_user().username, role=role)
    return collection


def person(collection: Collection, name: str) -> Any:
    if name == "anonymous":
        return AnonymousUser()
    if name == "owner":
        return collection.owner
    if name == "stranger":
        user = make_user()
        make_image(make_collection(user))
        return user
    members = Membership.objects.filter(collection=collection).exclude(user=collection.owner)
    return members.get(role=MEMBERS[name]).user


@pytest.mark.parametrize("name", PEOPLE)
@pytest.mark.parametrize("visibility", Visibility.values)
def test_reach_is_the_same_whichever_way_one_asks(collection: Collection, visibility: str, name: str) -> None:
    who = person(collection, name)
    reach = REACH[visibility][name]
    update_collection(collection=collection, visibility=visibility)
    image = Image.objects.get(collection=collection)

    for role in Role:
        assert (collection in Collection.objects.with_role(who, role)) is (reach >= role)
        assert (image in Image.objects.with_role(who, role)) is (reach >= role)
    assert (collection in Collection.objects.visible_to(who)) is (reach >= VIEWER)
    assert (image in Image.objects.visible_to(who)) is (reach >= VIEWER)
    assert Collection.objects.with_roles_of(who).get(pk=collection.pk).role_value == reach


def test_everybody_sees_their_own_and_nothing_of_each_other() -> None:
    anna, bert, carl = make_user(), make_user(), make_user()
    images = {user: make_image(make_collection(user)) for user in (anna, bert, carl)}

    for user, image in images.items():
        assert list(Collection.objects.visible_to(user)) == [image.collection]
        assert list(Image.objects.visible_to(user)) == [image]
        assert Collection.objects.visible_to(user).with_counts().get().images_count == 1
    assert not Collection.objects.visible_to(AnonymousUser()).exists()


def test_what_one_may_see_is_joined_or_public_beyond() -> None:
    anna, bert = make_user(), make_user()
    own, closed, opened = make_collection(anna), make_collection(bert), make_collection(bert, visibility="public")
    shared, public = (make_collection(bert, visibility=visibility) for visibility in ("shared", "public"))
    for collection in (closed, shared, public):
        Membership.objects.create(collection=collection, user=anna, role=Role.VIEWER)

    assert set(Collection.objects.joined_by(anna)) == {own, shared, public}
    assert list(Collection.objects.public_beyond(anna)) == [opened]


def test_several_ways_in_show_a_collection_once() -> None:
    collection = make_collection(visibility=Visibility.PUBLIC)
    image = make_image(collection)
    for _ in range(3):
        add_member(collection=collection, username=make_user().username, role=Role.EDITOR)

    assert list(Collection.objects.visible_to(collection.owner)) == [collection]
    assert list(Image.objects.visible_to(collection.owner)) == [image]


def test_sharing_opens_one_collection_to_one_person() -> None:
    anna, bert, carl = make_user(), make_user(), make_user()
    shared, kept = make_collection(anna), make_collection(anna)

    add_member(collection=shared, username=bert.username, role=Role.VIEWER)

    assert list(Collection.objects.visible_to(bert)) == [shared]
    assert list(Collection.objects.visible_to(carl)) == []
    assert set(Collection.objects.visible_to(anna)) == {shared, kept}


def seen(collection: Collection, *users: User) -> list[bool]:
    return [Collection.objects.visible_to(user).filter(pk=collection.pk).exists() for user in users]


def test_way_from_private_to_public_and_back_leaves_members_as_they_were() -> None:
    bert, carl = make_user(), make_user()
    collection = make_collection()

    before = seen(collection, bert, carl)
    membership = add_member(collection=collection, username=bert.username, role=Role.EDITOR)
    shared = seen(collection, bert, carl)
    update_collection(collection=collection, visibility=Visibility.PUBLIC)
    public = seen(collection, bert, carl)
    update_collection(collection=collection, visibility=Visibility.PRIVATE)
    private = seen(collection, bert, carl)
    update_collection(collection=collection, visibility=Visibility.SHARED)

    assert (before, shared, public, private) == ([False, False], [True, False], [True, True], [False, False])
    assert seen(collection, bert, carl) == [True, False]
    membership.refresh_from_db()
    assert membership.role == Role.EDITOR


def test_member_shown_out_sees_nothing_any_more() -> None:
    bert = make_user()
    collection = make_collection()
    membership = add_member(collection=collection, username=bert.username, role=Role.EDITOR)

    remove_member(membership=membership)

    assert seen(collection, bert) == [False]


def test_role_taken_away_holds_at_once() -> None:
    bert = make_user()
    collection = make_collection()
    membership = add_member(collection=collection, username=bert.username, role=Role.EDITOR)

    change_role(membership=membership, role=Role.VIEWER)

    assert not Collection.objects.with_role(bert, Role.ANNOTATOR).exists()
    assert seen(collection, bert) == [True]


def test_new_owner_reaches_a_private_collection_and_others_do_not() -> None:
    bert, carl = make_user(), make_user()
    collection = make_collection()

    change_owner(collection=collection, owner=bert)

    assert Collection.objects.with_role(bert, Role.OWNER).get() == collection
    assert seen(collection, carl) == [False]
