"""`serve` as a whole: real processes, a database of its own."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from semblance.settings.env import PROJECT_DIR
from tests.common.clusters import postmaster, runs, wait_until

pytestmark = pytest.mark.slow

PATIENCE = 180.0


@dataclass
class Served:
    process: subprocess.Popen[str]
    port: int
    gateway_port: int
    output: Path

    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


def _free_ports() -> tuple[int, int]:
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        second.bind(("127.0.0.1", 0))
        return first.getsockname()[1], second.getsockname()[1]


def _command(port: int, gateway_port: int) -> list[str]:
    return [sys.executable, "manage.py", "serve", "--port", str(port), "--gateway-port", str(gateway_port)]


def _serve(folder: Path) -> Served:
    port, gateway_port = _free_ports()
    output = folder / f"output-{port}"
    with output.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(
            _command(port, gateway_port), cwd=PROJECT_DIR, stdout=file, stderr=subprocess.STDOUT, text=True
        )
    served = Served(process, port, gateway_port, output)
    wait_until(lambda: "Semblance is ready." in served.said() or process.poll() is not None, PATIENCE)
    assert process.poll() is None, served.said()
    wait_until(lambda: _status(f"http://127.0.0.1:{gateway_port}/healthz") == 200, PATIENCE)
    return served


def _status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 - our own address
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def _doctor() -> dict[str, str]:
    result = subprocess.run(
        [sys.executable, "manage.py", "doctor", "--json"], cwd=PROJECT_DIR, capture_output=True, text=True, check=False
    )
    return {finding["subject"]: finding["state"] for finding in json.loads(result.stdout)["findings"]}


@pytest.fixture
def data(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("SEMBLANCE_DATA", str(folder / "data"))
    monkeypatch.setenv("SEMBLANCE_WEB_WORKERS", "1")
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "semblance.settings.dev")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    yield folder / "data"
    for process in psutil.Process().children(recursive=True):
        if "serve" in process.cmdline():
            process.terminate()


def test_serve_answers_and_stops_everything_with_the_database_last(folder: Path, data: Path) -> None:
    served = _serve(folder)
    web = _status(f"http://127.0.0.1:{served.port}/accounts/login/")
    wait_until(lambda: _doctor()["job worker"] == "ok", PATIENCE)
    states = _doctor()
    family = served.family()

    served.process.send_signal(signal.SIGINT)

    assert served.process.wait(60) == 0
    assert web == 200
    assert {name: states[name] for name in ("database", "migrations", "job worker", "extraction service")} == {
        "database": "ok",
        "migrations": "ok",
        "job worker": "ok",
        "extraction service": "ok",
    }
    assert re.search(r"Log in as demo with the password demo", served.said())
    wait_until(lambda: not any(runs(process) for process in family))
    assert postmaster(data) is None


def test_serve_goes_on_after_it_was_killed(folder: Path, data: Path) -> None:
    first = _serve(folder)
    family = first.family()
    os.kill(first.process.pid, signal.SIGKILL)
    first.process.wait()
    wait_until(lambda: not any(runs(process) for process in family), 60)

    second = _serve(folder)
    status = _status(f"http://127.0.0.1:{second.port}/accounts/login/")
    second.process.terminate()

    assert status == 200
    assert second.process.wait(60) == 0
    assert postmaster(data) is None


def test_serve_brings_back_a_killed_database_and_a_killed_web_server(folder: Path, data: Path) -> None:
    served = _serve(folder)
    database = postmaster(data)
    web = next(process for process in served.family() if "semblance.wsgi:application" in process.cmdline())
    assert database
    database.kill()
    web.kill()
    address = f"http://127.0.0.1:{served.port}/api/v1/collections/"

    wait_until(lambda: "The web server ended with code -9; it starts again in 2 s." in served.said(), PATIENCE)
    wait_until(lambda: _status(address) == 401, PATIENCE)

    assert postmaster(data) not in {None, database}
    served.process.terminate()
    assert served.process.wait(60) == 0


def test_port_that_is_taken_is_told_in_one_line(data: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        result = subprocess.run(
            _command(port, _free_ports()[0]), cwd=PROJECT_DIR, capture_output=True, text=True, check=False
        )

    assert result.returncode == 2
    assert result.stderr.startswith(f"Error: Port {port} cannot be used (Address already in use): stop what listens")
    assert result.stderr.count("\n") == 1
