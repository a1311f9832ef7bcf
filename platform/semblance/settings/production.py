"""Settings for a server that others reach: no default for a secret, HTTPS alone, a PostgreSQL of one's own."""

from semblance.settings import env

env.require("SEMBLANCE_SECRET_KEY", "SEMBLANCE_ALLOWED_HOSTS", "DATABASE_URL")
env.require_strong_secret()

from semblance.settings.base import *  # noqa: E402, F403

STATIC_ROOT = DATA_DIR / "static"
DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}

SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS = 365 * 24 * 3600
if env.behind_proxy():
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # strict transport for every subdomain is a promise that only the domain's owner can make
    "security.W021",  # and so is the browsers' preload list
]
