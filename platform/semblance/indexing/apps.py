"""The app `semblance.indexing`."""

from django.apps import AppConfig


class IndexingConfig(AppConfig):
    """Registers the app."""

    name = "semblance.indexing"
    label = "indexing"

    def ready(self) -> None:
        """Connect what this app does when others change something, and its checks."""
        from semblance.indexing import checks, receivers  # noqa: F401
