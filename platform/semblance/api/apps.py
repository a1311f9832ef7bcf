"""The app `semblance.api`."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Registers the app."""

    name = "semblance.api"
    label = "api"
