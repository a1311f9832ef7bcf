"""Settings for one's own machine: loopback only, a demo account, a secret of its own."""

from semblance.settings import env
from semblance.settings.base import *  # noqa: F403

DEBUG = env.debug()
SECRET_KEY = env.secret_key() or env.kept_secret_key(DATA_DIR)
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", *env.allowed_hosts()]
SEMBLANCE_DEMO_ACCOUNT = True
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = True
