"""What follows from a new password."""

from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from django.dispatch import receiver

from semblance.accounts.domain.users import revoke_tokens
from semblance.accounts.models import User


@receiver([password_changed, password_set, password_reset])
def forget_tokens(user: User, **_: Any) -> None:
    """Whoever had the old password may have made tokens with it."""
    revoke_tokens(user=user)
