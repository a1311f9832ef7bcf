"""The app `semblance.indexing`."""

from django.apps import AppConfig


class IndexingConfig(AppConfig):
    """Registers the app."""

    name = "semblance.indexing"
    label = "indexing"
