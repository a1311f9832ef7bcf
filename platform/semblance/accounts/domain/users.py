"""Addresses, tokens and the end of an account."""

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import ProtectedError
from knox.models import AuthToken

from semblance.accounts.models import User
from semblance.common.errors import Conflict

NAMED = 3


def delete_user(*, user: User) -> None:
    """Delete a person with their searches, votes and keys; refused while they answer for collections."""
    try:
        with transaction.atomic():
            user.delete()
    except ProtectedError as error:
        raise Conflict(_still_owner(user, error), code="owns-collections") from error


def change_email(*, user: User, email: str) -> None:
    """Give a person another address; the old one no longer signs in or resets the password."""
    email = email.strip().lower()
    with transaction.atomic():
        EmailAddress.objects.filter(user=user).exclude(email=email).delete()
        if email:
            EmailAddress.objects.update_or_create(user=user, email=email, defaults={"primary": True})
        user.email = email
        user.save(update_fields=["email"])


def revoke_tokens(*, user: User) -> None:
    """Make every REST token of a person worthless; gateway keys, which open nothing private, stay."""
    AuthToken.objects.filter(user=user).delete()


def _still_owner(user: User, error: ProtectedError) -> str:
    names = sorted(str(collection) for collection in error.protected_objects)
    listed = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
    noun = "the collection" if len(names) == 1 else f"{len(names)} collections:"
    return f"{user} still answers for {noun} {listed}. Hand over or delete what they own first."
