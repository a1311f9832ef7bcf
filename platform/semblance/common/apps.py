"""The app `semblance.common`."""

from django.apps import AppConfig


class CommonConfig(AppConfig):
    """Registers the app."""

    name = "semblance.common"
    label = "common"
