"""The environment, read with types."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from semblance.settings import env


def test_database_is_embedded_where_no_address_is_given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)

    database = env.database(tmp_path)

    assert database == {
        "ENGINE": "semblance.common.postgres",
        "NAME": "semblance",
        "USER": "semblance",
        "EMBEDDED": str(tmp_path),
    }


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (
            "postgresql://ada:s%40cret@db.example:5433/images",
            {"NAME": "images", "USER": "ada", "PASSWORD": "s@cret", "HOST": "db.example", "PORT": 5433},
        ),
        (
            "postgresql://semblance@/semblance?host=%2Frun%2Fpostgres&port=5432",
            {"NAME": "semblance", "USER": "semblance", "OPTIONS": {"host": "/run/postgres", "port": 5432}},
        ),
    ],
)
def test_database_address_is_taken_apart(
    monkeypatch: pytest.MonkeyPatch, address: str, expected: dict[str, object]
) -> None:
    monkeypatch.setenv("DATABASE_URL", address)

    database = env.database(Path("unused"))

    assert database["ENGINE"] == "semblance.common.postgres"
    assert {name: database[name] for name in expected} == expected


def test_database_address_without_a_name_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://localhost")

    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL must look like"):
        env.database(Path("unused"))


def test_port_that_is_no_number_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "eight thousand")

    with pytest.raises(ImproperlyConfigured, match=r"^PORT must be a whole number, not 'eight thousand'\.$"):
        env.port()


@pytest.mark.parametrize(("written", "read"), [("true", True), ("1", True), ("no", False), ("", False)])
def test_flag_is_read(monkeypatch: pytest.MonkeyPatch, written: str, *, read: bool) -> None:
    monkeypatch.setenv("SEMBLANCE_REGISTRATION_OPEN", written)

    assert env.registration_open() is read


@pytest.mark.parametrize("written", ["0", "179", "-5"])
def test_pixel_cap_beyond_reason_is_refused(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("SEMBLANCE_MAX_PIXELS", written)

    with pytest.raises(ImproperlyConfigured, match=rf"^SEMBLANCE_MAX_PIXELS must be .* not {written}\.$"):
        env.max_pixels()


def test_list_is_read_without_empty_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEMBLANCE_ALLOWED_HOSTS", "semblance.example, www.semblance.example,")

    assert env.allowed_hosts() == ["semblance.example", "www.semblance.example"]


def test_media_go_to_a_bucket_where_one_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEMBLANCE_S3_BUCKET", "pictures")
    monkeypatch.setenv("SEMBLANCE_S3_ENDPOINT", "https://s3.example")

    storage = env.media_storage()

    assert storage["BACKEND"] == "storages.backends.s3.S3Storage"
    assert storage["OPTIONS"]["bucket_name"] == "pictures"
    assert storage["OPTIONS"]["endpoint_url"] == "https://s3.example"


def test_mail_goes_to_the_terminal_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEMBLANCE_EMAIL_URL", raising=False)

    assert env.email()["EMAIL_BACKEND"] == "django.core.mail.backends.console.EmailBackend"


def test_socket_in_a_deep_folder_gets_a_short_path() -> None:
    data = Path("/") / ("d" * 120)

    path = env.extraction_socket(data)

    assert len(str(path)) <= env.LONGEST_SOCKET
    assert path == env.extraction_socket(data)


def test_development_secret_is_kept_private_and_whole(tmp_path: Path) -> None:
    first = env.kept_secret_key(tmp_path)

    assert env.kept_secret_key(tmp_path) == first
    assert len(first) >= 50
    assert (tmp_path / "secret-key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret-key"]


def test_default_extractors_are_read_with_their_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEMBLANCE_DEFAULT_EXTRACTORS", "color-histogram = 0.2, vgg16")

    assert env.default_extractors() == {"color-histogram": 0.2, "vgg16": 1.0}


def test_default_extractors_that_make_no_sense_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEMBLANCE_DEFAULT_EXTRACTORS", "vgg16=much")

    with pytest.raises(ImproperlyConfigured, match=r"color-histogram=0\.2,mobilenet-v2=1"):
        env.default_extractors()
