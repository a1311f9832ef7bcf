"""Who else may use a collection."""

from django.db import IntegrityError, transaction

from semblance.accounts.models import User
from semblance.common.errors import Conflict, InvalidInput
from semblance.library.enums import Role, Visibility
from semblance.library.models import Collection, Membership


def add_member(*, collection: Collection, username: str, role: Role) -> Membership:
    """Let a person in; a private collection becomes shared by that."""
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        message = f"Nobody here is called “{username}”; check the spelling."
        raise InvalidInput(message, fields={"username": [message]})
    try:
        with transaction.atomic():
            membership = Membership.objects.create(collection=collection, user=user, role=role)
            if collection.visibility == Visibility.PRIVATE:
                collection.visibility = Visibility.SHARED
                collection.save(update_fields=["visibility", "modified"])
    except IntegrityError as error:
        message = f"{username} is a member already; change the role instead."
        raise Conflict(message, code="already-member", fields={"username": [message]}) from error
    return membership


def change_role(*, membership: Membership, role: Role) -> Membership:
    """Give a member another role."""
    _keep_the_owner(membership, role)
    membership.role = role
    membership.save(update_fields=["role"])
    return membership


def remove_member(*, membership: Membership) -> None:
    """Show a member out."""
    _keep_the_owner(membership, None)
    membership.delete()


def _keep_the_owner(membership: Membership, role: Role | None) -> None:
    if membership.user_id == membership.collection.owner_id and role != Role.OWNER:
        raise Conflict(
            "This person answers for the collection; make somebody else its owner first.", code="owner-required"
        )
