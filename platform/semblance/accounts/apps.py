"""The app `semblance.accounts`."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Registers the app."""

    name = "semblance.accounts"
    label = "accounts"
