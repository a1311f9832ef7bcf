"""Members in the admin: on the page of their collection, and all together."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import F, QuerySet
from django.http import HttpRequest
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter
from unfold.decorators import display
from unfold.forms import PaginationInlineFormSet

from semblance.common.admin import DomainAdmin, DomainForm, link_to, rehearsed
from semblance.common.errors import SemblanceError
from semblance.library.domain.members import add_member, change_role, remove_member
from semblance.library.enums import Role
from semblance.library.models import Collection, Membership

ROLE_COLORS = {"owner": "success", "editor": "info", "annotator": "warning"}


class MembershipForm(DomainForm):
    """Lets somebody in, or gives a member another role."""

    class Meta:
        model = Membership
        fields = ["collection", "user", "role"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            for name in {"collection", "user"} & set(self.fields):
                self.fields[name].disabled = True

    def write(self) -> Membership:
        role = Role(self.cleaned_data["role"])
        if not self.instance._state.adding:
            return change_role(membership=Membership.objects.get(pk=self.instance.pk), role=role)
        collection = Collection.objects.get(pk=self.cleaned_data["collection"].pk)
        return add_member(collection=collection, username=self.cleaned_data["user"].username, role=role)


class MembershipFormSet(PaginationInlineFormSet):
    """The members of one collection."""

    def clean(self) -> None:
        """Refuse what the domain refuses: a collection keeps the member who owns it."""
        super().clean()
        for form in self.deleted_forms:
            try:
                with rehearsed():
                    remove_member(membership=Membership.objects.get(pk=form.instance.pk))
            except SemblanceError as error:
                raise ValidationError(error.detail, code=error.code) from error

    def write(self) -> None:
        """Save through the domain."""
        self.save(commit=False)  # notes what changed, for the history of the collection
        for form in self.deleted_forms:
            remove_member(membership=form.instance)
        for form in self.forms:
            if form.has_changed() and form not in self.deleted_forms:
                form.write()


class MembershipInline(TabularInline):
    """Members on the page of their collection."""

    model = Membership
    form = MembershipForm
    formset = MembershipFormSet
    autocomplete_fields = ["user"]
    extra = 0
    per_page = 50
    show_count = True


@admin.register(Membership)
class MembershipAdmin(DomainAdmin):
    """Who may use which collection."""

    form = MembershipForm
    list_display = ["member", "collection_link", "role_label", "created"]
    list_filter = [
        ("role", ChoicesDropdownFilter),
        ("user", AutocompleteSelectFilter),
        ("collection", AutocompleteSelectFilter),
    ]
    list_select_related = ["user", "collection"]
    search_fields = ["user__username", "collection__name", "collection__slug"]
    autocomplete_fields = ["collection", "user"]

    @display(description="member", ordering="user__username")
    def member(self, membership: Membership) -> str:
        return membership.user.username

    @display(description="collection", ordering="collection__name")
    def collection_link(self, membership: Membership) -> str:
        return link_to(membership.collection)

    @display(description="role", ordering="role", label=ROLE_COLORS)
    def role_label(self, membership: Membership) -> str:
        return membership.get_role_display()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).order_by("collection__name", "-role", "created")  # type: ignore[no-any-return]

    def remove(self, objects: QuerySet[Membership]) -> None:
        for membership in objects.select_related("collection"):
            remove_member(membership=membership)

    def obstacles(self, objects: QuerySet[Membership]) -> list[str]:
        return [
            f"{membership.user} owns {membership.collection}; make somebody else its owner first."
            for membership in objects.filter(collection__owner=F("user")).select_related("user", "collection")
        ]
