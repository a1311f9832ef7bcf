"""The admin site: everybody signs in at one place, and the admin's own scripts may run."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from unfold.sites import UnfoldAdminSite

_POLICY = {"script-src": [SELF, UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE]}  # decision 30


class AdminSite(UnfoldAdminSite):  # type: ignore[misc]
    """Unfold's site under our rules for signing in and for scripts."""

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:  # noqa: FBT001, FBT002
        """Guard a view; Alpine, which the admin is built with, evaluates expressions."""
        return csp_update(_POLICY)(super().admin_view(view, cacheable))

    def get_urls(self) -> list[Any]:
        """Give the search box an address that is not the one of the app `search`."""
        box = path("find/", self.admin_view(self.search), name="search")
        return [box, *super(UnfoldAdminSite, self).get_urls()]

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send people to the one log-in page, which counts failures; whoever is in but not staff is refused."""
        answer: HttpResponse = secure_admin_login(super().login)(request, extra_context)
        return answer

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send people to the one page for a new password."""
        return redirect("account_change_password")


def environment(_request: HttpRequest) -> list[str] | None:
    """Return the label of an installation with development settings, which alone make a demo account."""
    return ["Development", "warning"] if settings.SEMBLANCE_DEMO_ACCOUNT else None
