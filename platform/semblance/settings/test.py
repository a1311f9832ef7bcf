"""Settings for the test suite."""

from semblance.settings import env
from semblance.settings.base import *  # noqa: F403

DATA_DIR = env.data_dir(default=env.PROJECT_DIR / "var" / "test")  # beside the data of a running `make run`
DATABASES = {"default": env.database(DATA_DIR) | {"DURABLE": False}}
MEDIA_ROOT = DATA_DIR / "media"
STATIC_ROOT = DATA_DIR / "static"

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
