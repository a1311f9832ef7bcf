"""The only reader of the environment: every variable with its type, its default and what it does."""

import os
import secrets
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, cast

import environ
from django.core.exceptions import ImproperlyConfigured

PROJECT_DIR = next(
    (folder for folder in Path(__file__).resolve().parents if (folder / "pyproject.toml").exists()), Path.cwd()
)
"""The checkout, or the working directory where Semblance was installed from a wheel."""

LONGEST_SOCKET = 100
"""Bytes of the longest path that every system takes for a Unix socket, less a margin."""

SHORTEST_SECRET = 50

MOST_MEGAPIXELS = 178
"""Pillow opens nothing larger."""

_env = environ.Env()

Kind = Literal["text", "integer", "flag", "list", "folder", "address"]


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable; ``default`` is as it would be written in the environment."""

    name: str
    kind: Kind
    default: str
    help: str


_TABLE = (
    Variable("SEMBLANCE_DATA", "folder", "./var", "Everything that is kept: embedded database, originals, weights."),
    Variable("DATABASE_URL", "address", "", "PostgreSQL to use instead of the embedded one."),
    Variable("PORT", "integer", "8000", "Port of dashboard, REST API and admin."),
    Variable("GATEWAY_PORT", "integer", "8001", "Port of the public query gateway."),
    Variable("SEMBLANCE_DEBUG", "flag", "false", "Show errors in full on the page; in development alone."),
    Variable("SEMBLANCE_SECRET_KEY", "text", "", "Signs sessions and links. Production has no default."),
    Variable("SEMBLANCE_ALLOWED_HOSTS", "list", "", "Host names that production answers to."),
    Variable("SEMBLANCE_TRUSTED_ORIGINS", "list", "", "Origins (https://…) that forms may be sent from."),
    Variable("SEMBLANCE_BEHIND_PROXY", "flag", "false", "Believe the X-Forwarded-Proto and -For headers of the proxy."),
    Variable("SEMBLANCE_EMAIL_URL", "address", "consolemail://", "Mail server, smtp+tls://user:password@host:587 say."),
    Variable("SEMBLANCE_EMAIL_FROM", "text", "semblance@localhost", "Sender of mails."),
    Variable("SEMBLANCE_REGISTRATION_OPEN", "flag", "false", "Let everybody make an account."),
    Variable("SEMBLANCE_CONTACT", "text", "", "Whom to ask for an account; shown while registration is closed."),
    Variable(
        "SEMBLANCE_DEFAULT_EXTRACTORS",
        "list",
        "color-histogram=0.2,mobilenet-v2=1",
        "Extractors of a new collection and their weights.",
    ),
    Variable("SEMBLANCE_WEIGHTS", "folder", "", "Weights of extractors; the data folder's `weights` by default."),
    Variable("SEMBLANCE_DEVICE", "text", "auto", "Where deep extractors compute: auto, cpu or cuda."),
    Variable(
        "SEMBLANCE_THREADS",
        "integer",
        "0",
        "CPU threads of a deep extraction; 0: all, 1: best on a busy machine.",
    ),
    Variable("SEMBLANCE_MAX_PIXELS", "integer", "100", "Megapixels of the largest image that is decoded; 178 at most."),
    Variable("SEMBLANCE_EXTRACTION_SOCKET", "text", "", "Extraction service; in the data folder by default."),
    Variable("SEMBLANCE_S3_BUCKET", "text", "", "Keep originals and thumbnails in this bucket."),
    Variable("SEMBLANCE_S3_ENDPOINT", "address", "", "S3 service, where it is not Amazon's."),
    Variable("SEMBLANCE_S3_REGION", "text", "", "Region of the bucket."),
    Variable("SEMBLANCE_S3_ACCESS_KEY", "text", "", "Access key; without it the machine's own role is used."),
    Variable("SEMBLANCE_S3_SECRET_KEY", "text", "", "Secret that goes with the access key."),
    Variable("SEMBLANCE_GATEWAY_DATABASE_URL", "address", "", "The database as the gateway's role."),
    Variable("SEMBLANCE_WEB_WORKERS", "integer", "2", "Web processes that `serve` starts, four threads each."),
    Variable("SEMBLANCE_LOG_LEVEL", "text", "INFO", "Least severe message that is logged."),
    Variable("SEMBLANCE_SHARED_DATA", "folder", "../shared/data", "Data sets that some tests measure on."),
    Variable("CI", "flag", "false", "In continuous integration a missing browser fails the tests that need one."),
)
VARIABLES = {variable.name: variable for variable in _TABLE}


def _text(name: str) -> str:
    return _env.str(name, default=VARIABLES[name].default) or VARIABLES[name].default


def _flag(name: str) -> bool:
    return cast(bool, environ.Env.parse_value(_text(name), bool))


def _list(name: str) -> list[str]:
    return [part for part in (item.strip() for item in _text(name).split(",")) if part]


def _integer(name: str) -> int:
    try:
        return int(_text(name))
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {_text(name)!r}.") from error


def _folder(name: str) -> Path:
    return (PROJECT_DIR / Path(_text(name)).expanduser()).resolve()


def require(*names: str) -> None:
    """Refuse to go on while one of these variables is empty."""
    if missing := [name for name in names if not _text(name)]:
        raise ImproperlyConfigured(
            f"Production needs {', '.join(missing)} in the environment; docs/settings.md says what to put there."
        )


def prefer_data_dir(folder: Path) -> None:
    """Use another data folder than the default, here and in child processes, unless the environment names one."""
    os.environ.setdefault("SEMBLANCE_DATA", str(folder))


def require_strong_secret() -> None:
    """Refuse to go on with a secret that can be guessed."""
    if len(secret_key()) < SHORTEST_SECRET:
        raise ImproperlyConfigured(
            f"SEMBLANCE_SECRET_KEY must have {SHORTEST_SECRET} characters or more; "
            "docs/settings.md says how to make one."
        )


def data_dir() -> Path:
    return _folder("SEMBLANCE_DATA")


def debug() -> bool:
    return _flag("SEMBLANCE_DEBUG")


def secret_key() -> str:
    return _text("SEMBLANCE_SECRET_KEY")


def kept_secret_key(data: Path) -> str:
    """Return the secret of a data folder, made at first use, so that sessions outlive a restart."""
    path = data / "secret-key"
    try:
        if not path.exists():
            _write_once(path, secrets.token_urlsafe(50))
        return path.read_text(encoding="ascii")
    except OSError:  # commands that need no data folder work without one
        return secrets.token_urlsafe(50)


def _write_once(path: Path, content: str) -> None:
    """Write a private file whole; where another process was first, its file stands."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="ascii") as draft:
        draft.write(content)
        draft.flush()
        with suppress(FileExistsError):
            os.link(draft.name, path)


def allowed_hosts() -> list[str]:
    return _list("SEMBLANCE_ALLOWED_HOSTS")


def trusted_origins() -> list[str]:
    return _list("SEMBLANCE_TRUSTED_ORIGINS")


def behind_proxy() -> bool:
    return _flag("SEMBLANCE_BEHIND_PROXY")


def database(data: Path) -> dict[str, Any]:
    """Django's settings of the database: ``DATABASE_URL``, or the embedded server of a data folder."""
    engine = {"ENGINE": "semblance.common.postgres"}
    if not _text("DATABASE_URL"):
        return engine | {"NAME": "semblance", "USER": "semblance", "EMBEDDED": str(data)}
    settings = environ.Env.db_url_config(_text("DATABASE_URL")) | engine
    if not settings.get("NAME"):
        raise ImproperlyConfigured("DATABASE_URL must look like postgresql://user:password@host:5432/name.")
    return cast(dict[str, Any], settings)


def email() -> dict[str, Any]:
    return cast(dict[str, Any], environ.Env.email_url_config(_text("SEMBLANCE_EMAIL_URL")))


def email_from() -> str:
    return _text("SEMBLANCE_EMAIL_FROM")


def media_storage() -> dict[str, Any]:
    """Django's settings of the storage of originals and thumbnails."""
    if not _text("SEMBLANCE_S3_BUCKET"):
        return {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    options = {
        "bucket_name": _text("SEMBLANCE_S3_BUCKET"),
        "endpoint_url": _text("SEMBLANCE_S3_ENDPOINT") or None,
        "region_name": _text("SEMBLANCE_S3_REGION") or None,
        "access_key": _text("SEMBLANCE_S3_ACCESS_KEY") or None,
        "secret_key": _text("SEMBLANCE_S3_SECRET_KEY") or None,
        "file_overwrite": False,
    }
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}


def weights_dir(data: Path) -> Path:
    return _folder("SEMBLANCE_WEIGHTS") if _text("SEMBLANCE_WEIGHTS") else data / "weights"


def device() -> str:
    return _text("SEMBLANCE_DEVICE")


def extraction_socket(data: Path) -> Path:
    """Path of the extraction service's socket; below the temporary folder where the data folder's path is too long."""
    path = Path(_text("SEMBLANCE_EXTRACTION_SOCKET") or data / "extraction.sock")
    if len(os.fsencode(path)) <= LONGEST_SOCKET:
        return path
    digest = sha256(os.fsencode(path)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"semblance-extraction-{os.geteuid()}-{digest}" / "extraction.sock"


def threads() -> int:
    return _integer("SEMBLANCE_THREADS")


def max_pixels() -> int:
    """Return the cap of a decode in megapixels."""
    if not 1 <= (most := _integer("SEMBLANCE_MAX_PIXELS")) <= MOST_MEGAPIXELS:
        raise ImproperlyConfigured(f"SEMBLANCE_MAX_PIXELS must be from 1 to {MOST_MEGAPIXELS} megapixels, not {most}.")
    return most


def registration_open() -> bool:
    return _flag("SEMBLANCE_REGISTRATION_OPEN")


def contact() -> str:
    return _text("SEMBLANCE_CONTACT")


def default_extractors() -> dict[str, float]:
    """Return name → weight; a name alone counts 1."""
    pairs = [item.partition("=") for item in _list("SEMBLANCE_DEFAULT_EXTRACTORS")]
    try:
        return {name.strip(): float(weight or 1) for name, _, weight in pairs}
    except ValueError as error:
        raise ImproperlyConfigured(
            "SEMBLANCE_DEFAULT_EXTRACTORS must read like color-histogram=0.2,mobilenet-v2=1."
        ) from error


def port() -> int:
    return _integer("PORT")


def gateway_port() -> int:
    return _integer("GATEWAY_PORT")


def gateway_database_url() -> str:
    return _text("SEMBLANCE_GATEWAY_DATABASE_URL")


def web_workers() -> int:
    return _integer("SEMBLANCE_WEB_WORKERS")


def log_level() -> str:
    return _text("SEMBLANCE_LOG_LEVEL").upper()


def shared_data_dir() -> Path:
    return _folder("SEMBLANCE_SHARED_DATA")


def in_ci() -> bool:
    return _flag("CI")
