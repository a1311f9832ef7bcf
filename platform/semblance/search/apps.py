"""The app `semblance.search`."""

from django.apps import AppConfig


class SearchConfig(AppConfig):
    """Registers the app."""

    name = "semblance.search"
    label = "search"
