"""Production settings, in a process of their own."""

import subprocess
import sys

import pytest

from semblance.settings.env import PROJECT_DIR, VARIABLES

COMPLETE = {
    "DJANGO_SETTINGS_MODULE": "semblance.settings.production",
    "SEMBLANCE_SECRET_KEY": "abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ-0123456789",
    "SEMBLANCE_ALLOWED_HOSTS": "semblance.example",
    "DATABASE_URL": "postgresql://semblance@127.0.0.1:1/semblance",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    # the browser tests set the last one for their own process; Django's deployment check objects to it
    for name in (*VARIABLES, "DJANGO_ALLOW_ASYNC_UNSAFE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in COMPLETE.items():
        monkeypatch.setenv(name, value)


def _manage(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *words], cwd=PROJECT_DIR, capture_output=True, text=True, check=False
    )


@pytest.mark.usefixtures("environment")
def test_deployment_check_is_clean() -> None:
    result = _manage("check", "--deploy", "--fail-level", "WARNING")

    assert result.stderr == ""
    assert result.returncode == 0


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("name", ["SEMBLANCE_SECRET_KEY", "SEMBLANCE_ALLOWED_HOSTS", "DATABASE_URL"])
@pytest.mark.parametrize("command", ["check", "serve"])
def test_missing_variable_is_one_line_and_code_2(monkeypatch: pytest.MonkeyPatch, name: str, command: str) -> None:
    monkeypatch.delenv(name)

    result = _manage(command)

    assert result.returncode == 2
    assert result.stderr == (
        f"Error: Production needs {name} in the environment; docs/settings.md says what to put there.\n"
    )


@pytest.mark.usefixtures("environment")
def test_weak_secret_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEMBLANCE_SECRET_KEY", "short")

    result = _manage("check")

    assert result.returncode == 2
    assert result.stderr == (
        "Error: SEMBLANCE_SECRET_KEY must have 50 characters or more; docs/settings.md says how to make one.\n"
    )
