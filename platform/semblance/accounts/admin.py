"""Users, groups and gateway keys in the admin."""

from typing import Any

from allauth.account.models import EmailAddress
from django.contrib import admin, messages
from django.contrib.auth import admin as auth
from django.contrib.auth.models import Group
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from knox.models import AuthToken
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import AutocompleteSelectFilter, BooleanRadioFilter
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from semblance.accounts.domain.keys import revoke_api_key
from semblance.accounts.domain.users import change_email, delete_user, revoke_tokens
from semblance.accounts.models import ApiKey, User
from semblance.common.admin import DomainAdmin, counted, link_to

for model in (AuthToken, EmailAddress, Group):
    admin.site.unregister(model)  # tokens and addresses are handled on the page of their user


@admin.register(Group)
class GroupAdmin(auth.GroupAdmin, ModelAdmin):
    """Groups of permissions for staff."""


class NewPasswordForm(AdminPasswordChangeForm):
    """A password that somebody else sets ends what the old one had opened."""

    def save(self, commit: bool = True) -> User:  # noqa: FBT001, FBT002
        user: User = super().save(commit)
        revoke_tokens(user=user)
        return user


@admin.register(User)
class UserAdmin(auth.UserAdmin, DomainAdmin):  # type: ignore[type-arg]
    """People."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = NewPasswordForm
    list_display = ["username", "email", "owns", "is_active", "is_staff", "last_login"]
    list_filter = [("is_active", BooleanRadioFilter), ("is_staff", BooleanRadioFilter)]
    search_fields = ["username", "email", "first_name", "last_name"]
    readonly_fields = ["last_login", "date_joined", "rest_tokens"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("Person", {"fields": ["first_name", "last_name", "email"]}),
        ("Access", {"fields": ["is_active", "is_staff", "is_superuser", "groups", "user_permissions"]}),
        ("Facts", {"fields": ["last_login", "date_joined", "rest_tokens"]}),
    ]
    add_fieldsets = [(None, {"fields": ["username", "email", "usable_password", "password1", "password2"]})]
    actions = ["activate", "deactivate", "end_rest_access", "delete_selected"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).annotate(owned=Count("owned_collections"))  # type: ignore[no-any-return]

    @display(description="owns collections", ordering="owned")
    def owns(self, user: Any) -> str:
        link = format_html('<a class="text-link" href="{}">{}</a>', _collections_of(user), user.owned)
        return link if user.owned else "–"

    @display(description="REST tokens")
    def rest_tokens(self, user: User) -> int:
        return int(AuthToken.objects.filter(user=user).count())

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:  # noqa: FBT001
        """Save, and let the address for signing in and for new passwords follow the one given here."""
        obj.save()
        change_email(user=obj, email=obj.email)

    def remove(self, objects: QuerySet[User]) -> None:
        for user in objects:
            delete_user(user=user)

    def consequences(self, objects: QuerySet[User]) -> list[str]:
        return [f"{user} with all searches, votes, gateway keys and REST tokens of this person" for user in objects]

    def obstacles(self, objects: QuerySet[User]) -> list[str]:
        """Name those who own collections, each with the way to hand them over."""
        owners = objects.annotate(number=Count("owned_collections")).filter(number__gt=0)
        sentence = '{} still owns {}. <a class="text-link" href="{}">Hand over or delete</a> first.'
        return [
            format_html(
                sentence,
                user,
                "a collection" if user.number == 1 else f"{user.number} collections",
                _collections_of(user),
            )
            for user in owners
        ]

    @admin.action(permissions=["change"], description="Let in again")
    def activate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        changed = User.objects.filter(pk__in=queryset.values("pk")).update(is_active=True)
        messages.success(request, f"May sign in again: {counted(changed, User)}.")

    @admin.action(permissions=["change"], description="Lock out")
    def deactivate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        others = User.objects.filter(pk__in=queryset.values("pk"))
        others = others.exclude(username=request.user.get_username())
        changed = others.update(is_active=False)
        messages.success(request, f"Locked out, with sessions, tokens and keys: {counted(changed, User)}.")

    @admin.action(permissions=["change"], description="Withdraw all REST tokens")
    def end_rest_access(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            revoke_tokens(user=user)
        messages.success(request, f"REST tokens withdrawn: {counted(len(queryset), User)}.")


@admin.register(ApiKey)
class ApiKeyAdmin(DomainAdmin):
    """Gateway keys: whose, what for, since when. Secrets are not kept and digests are nobody's business."""

    list_display = ["name", "owner", "beginning", "created"]
    list_filter = [("user", AutocompleteSelectFilter)]
    list_select_related = ["user"]
    search_fields = ["name", "user__username", "prefix"]
    fields = readonly_fields = ["name", "owner", "beginning", "created"]

    @display(description="user", ordering="user__username")
    def owner(self, key: ApiKey) -> str:
        return link_to(key.user)

    @display(description="begins with")
    def beginning(self, key: ApiKey) -> str:
        return f"{key.prefix}…"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Keys are made by their users, who alone see the secret."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def remove(self, objects: QuerySet[ApiKey]) -> None:
        for key in objects:
            revoke_api_key(key=key)


def _collections_of(user: User) -> str:
    return f"{reverse('admin:library_collection_changelist')}?owner__id__exact={user.pk}"
