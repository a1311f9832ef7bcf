"""The app `semblance.search`."""

from django.apps import AppConfig


class SearchConfig(AppConfig):
    """Registers the app."""

    name = "semblance.search"
    label = "search"

    def ready(self) -> None:
        """Connect what this app does when others change something."""
        from semblance.search import receivers  # noqa: F401
