"""The app `semblance.accounts`, and the admin whose site it provides."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin


class AccountsConfig(AppConfig):
    """Registers the app."""

    name = "semblance.accounts"
    label = "accounts"
    default = True

    def ready(self) -> None:
        """Connect what follows from a new password."""
        from semblance.accounts import receivers  # noqa: F401


class AdminConfig(admin.AdminConfig):
    """Django's admin with our site."""

    default = False
    default_site = "semblance.accounts.site.AdminSite"
