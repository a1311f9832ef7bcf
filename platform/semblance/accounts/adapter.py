"""Whether strangers may make accounts."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Follows the setting for open or closed registration."""

    def is_open_for_signup(self, request: Any) -> bool:  # noqa: ARG002
        """Say whether anybody may register."""
        return bool(settings.SEMBLANCE_REGISTRATION_OPEN)
