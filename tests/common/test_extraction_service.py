"""The command around the extraction service."""

import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from semblance.common.serving import listens
from semblance.settings.env import PROJECT_DIR
from tests.common.clusters import wait_until

COMMAND = [sys.executable, "-m", "semblance", "extraction_service"]


@pytest.fixture
def path(monkeypatch: pytest.MonkeyPatch):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "extraction.sock"
        monkeypatch.setenv("SEMBLANCE_EXTRACTION_SOCKET", str(path))
        yield path


def _start(path: Path, *options: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([*COMMAND, *options], cwd=PROJECT_DIR)


def test_second_service_waits_and_takes_over(path: Path) -> None:
    first = _start(path)
    wait_until(lambda: listens(path), 60)
    refused = subprocess.run(COMMAND, cwd=PROJECT_DIR, capture_output=True, text=True, check=False)
    second = _start(path, "--standby")

    first.send_signal(signal.SIGTERM)
    codes = [first.wait(60)]
    wait_until(lambda: listens(path), 60)
    second.send_signal(signal.SIGTERM)
    codes.append(second.wait(60))

    assert codes == [0, 0]
    assert refused.returncode == 2
    assert refused.stderr == f"Error: An extraction service already answers at {path}.\n"
    assert not path.exists()
