"""The app `semblance.dashboard`."""

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    """Registers the app."""

    name = "semblance.dashboard"
    label = "dashboard"
