"""The app `semblance.library`."""

from django.apps import AppConfig


class LibraryConfig(AppConfig):
    """Registers the app."""

    name = "semblance.library"
    label = "library"
