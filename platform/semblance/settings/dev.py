"""Settings for one's own machine: loopback only, a demo account, readable errors."""

from semblance.settings.base import *  # noqa: F403

DEBUG = True
SEMBLANCE_DEMO_ACCOUNT = True
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = True
