"""Members in the admin, all together."""

import pytest
from django.test import Client

from semblance.library.domain.members import add_member
from semblance.library.enums import Role
from semblance.library.models import Membership
from tests.admin.pages import address, refusals, run_action, said
from tests.factories import make_collection, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def membership() -> Membership:
    return add_member(collection=make_collection(), username=make_user("anna").username, role=Role.VIEWER)


def test_member_is_let_in_through_the_domain(root: Client) -> None:
    collection, bert = make_collection(), make_user()
    sent = {"collection": collection.pk, "user": bert.pk, "role": int(Role.EDITOR)}

    root.post(address(Membership, "add"), sent)

    collection.refresh_from_db()
    assert Membership.objects.get(user=bert).role == Role.EDITOR
    assert collection.visibility == "shared"


def test_locked_out_people_are_not_let_in(root: Client) -> None:
    gone = make_user("gone", is_active=False)
    sent = {"collection": make_collection().pk, "user": gone.pk, "role": int(Role.EDITOR)}

    answer = root.post(address(Membership, "add"), sent)

    assert refusals(answer) == ["Nobody here is called “gone”; check the spelling."]
    assert not Membership.objects.filter(user=gone).exists()


def test_member_gets_another_role_and_stays_the_same_person(root: Client, membership: Membership) -> None:
    sent = {"collection": make_collection().pk, "user": make_user().pk, "role": int(Role.ANNOTATOR)}

    root.post(address(Membership, "change", membership.pk), sent)

    changed = Membership.objects.get(pk=membership.pk)
    assert changed.role == Role.ANNOTATOR
    assert (changed.user, changed.collection) == (membership.user, membership.collection)


def test_member_is_shown_out(root: Client, membership: Membership) -> None:
    run_action(root, "delete_selected", [membership], confirmed="yes")

    assert not Membership.objects.filter(pk=membership.pk).exists()


@pytest.mark.parametrize("by", ["action", "page"])
def test_owner_is_not_shown_out(root: Client, membership: Membership, by: str) -> None:
    owner = Membership.objects.get(collection=membership.collection, role=Role.OWNER)

    if by == "action":
        answer = run_action(root, "delete_selected", [membership, owner], confirmed="yes")
        assert said(answer) == ["This person answers for the collection; make somebody else its owner first."]
    else:
        page = root.post(address(Membership, "delete", owner.pk), {"post": "yes"})
        assert f"{owner.user} owns {owner.collection}; make somebody else its owner first." in page.content.decode()

    assert Membership.objects.filter(collection=membership.collection).count() == 2
