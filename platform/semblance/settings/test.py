"""Settings for the test suite."""

from semblance.settings import env

env.prefer_data_dir(env.PROJECT_DIR / "var" / "test")  # beside the data of a running `make run`

from semblance.settings.base import *  # noqa: E402, F403

SECRET_KEY = "of-no-worth-outside-the-tests"  # noqa: S105
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
DATABASES["default"]["DURABLE"] = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
