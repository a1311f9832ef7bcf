"""One's own account: gateway keys and where to change the password."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from semblance.accounts.domain.keys import create_api_key, revoke_api_key
from semblance.common.errors import SemblanceError
from semblance.dashboard.access import Page
from semblance.dashboard.forms import KeyForm, complain


class AccountView(Page):
    def get(self, request: Any) -> HttpResponse:
        return self._page(KeyForm())

    def post(self, request: Any) -> HttpResponse:
        """Make a key; its secret is on this one answer and nowhere else."""
        form = KeyForm(request.POST)
        if form.is_valid():
            try:
                key, secret = create_api_key(user=request.user, name=form.cleaned_data["name"])
            except SemblanceError as error:
                complain(form, error)
            else:
                return self._page(KeyForm(), made=key, secret=secret)
        return self._page(form, status=422)

    def _page(self, form: KeyForm, status: int = 200, **extra: Any) -> HttpResponse:
        context = {"form": form, "keys": self.request.user.api_keys.all(), **extra}
        response = render(self.request, "dashboard/account.html", context, status=status)
        response["Cache-Control"] = "no-store"
        return response


class KeyRevokeView(Page):
    def post(self, request: Any, key: UUID) -> HttpResponse:
        revoke_api_key(key=get_object_or_404(request.user.api_keys, pk=key))
        messages.success(request, "The key opens nothing from now on.")
        return redirect("dashboard:account")
