"""Sharing: who else may use a collection, and how."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from semblance.common.errors import SemblanceError
from semblance.dashboard.access import Page, collection_for
from semblance.dashboard.forms import MemberForm, complain
from semblance.library.domain.members import add_member, change_role, remove_member
from semblance.library.enums import Role
from semblance.library.models import Collection, Membership


class MemberListView(Page):
    def get(self, request: Any, collection: UUID) -> HttpResponse:
        return self._page(collection_for(request.user, collection, Role.OWNER), MemberForm())

    def post(self, request: Any, collection: UUID) -> HttpResponse:
        found = collection_for(request.user, collection, Role.OWNER)
        form = MemberForm(request.POST)
        if form.is_valid():
            username, role = form.cleaned_data["username"], Role.named(form.cleaned_data["role"])
            try:
                add_member(collection=found, username=username, role=role)
            except SemblanceError as error:
                complain(form, error)
            else:
                messages.success(request, f"{username} is {role.label} now.")
                return redirect("dashboard:members", found.pk)
        return self._page(found, form, status=422)

    def _page(self, collection: Collection, form: MemberForm, status: int = 200) -> HttpResponse:
        members = collection.memberships.select_related("user")
        context = {"collection": collection, "form": form, "members": members, "roles": Role}
        return render(self.request, "dashboard/collections/members.html", context, status=status)


class MemberChangeView(Page):
    """Give a member another role, or show them out."""

    def post(self, request: Any, collection: UUID, member: UUID) -> HttpResponse:
        found = collection_for(request.user, collection, Role.OWNER)
        membership = get_object_or_404(
            Membership.objects.select_related("user", "collection"), collection=found, pk=member
        )
        wanted = request.POST.get("role", "")
        if wanted == "none":
            remove_member(membership=membership)
            messages.success(request, f"{membership.user} is no member any more.")
        elif wanted in Role.labels:
            change_role(membership=membership, role=Role.named(wanted))
            messages.success(request, f"{membership.user} is {wanted} now.")
        return redirect("dashboard:members", found.pk)
