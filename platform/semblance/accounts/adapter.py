"""Whether strangers may make accounts, and how long they wait for an answer."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import render


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Follows the setting for open or closed registration."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Say that anybody may register, or answer at once with the page that says who can make an account."""
        if settings.SEMBLANCE_REGISTRATION_OPEN:
            return True
        page = render(
            request,
            "account/signup_closed.html",
            {"contact": settings.SEMBLANCE_CONTACT},
            status=403 if request.method == "POST" else 200,
        )
        raise ImmediateHttpResponse(page)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """Try what was typed once; tried as name and as address, known addresses would take longer to fail."""
        if credentials.get("email") == credentials.get("username"):
            credentials.pop("email", None)
        return super().authenticate(request, **credentials)
