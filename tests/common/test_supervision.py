"""The supervisor, with real child processes."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from semblance.common.supervision import Child, Supervisor, child_environment
from tests.common.clusters import runs, wait_until

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]
STUBBORN = [
    sys.executable, "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(600)",
]  # fmt: skip


def _child(command: list[str], *, once: bool = False) -> Child:
    return Child("The child", command, child_environment(), once=once)


def _run(supervisor: Supervisor, until: Callable[[], bool]) -> None:
    """Run in this thread and have the supervisor's own look send the signal that ends it."""
    deadline = time.monotonic() + 30

    def look() -> None:
        if until() or time.monotonic() > deadline:
            os.kill(os.getpid(), signal.SIGTERM)

    supervisor.every_look = look
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        supervisor.run(lambda: None)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_child_that_ends_is_started_again_and_told() -> None:
    told: list[str] = []
    child = _child(SLEEPER)
    seen: list[int] = []

    def killed_once() -> bool:
        if child.process and child.process.pid not in seen:
            seen.append(child.process.pid)
            if len(seen) == 1:
                child.process.kill()
        return len(seen) == 2

    _run(Supervisor([child], told.append), killed_once)

    assert told == ["The child ended with code -9; it starts again in 2 s."]


def test_pauses_between_starts_grow() -> None:
    told: list[str] = []
    child = _child([sys.executable, "-c", "raise SystemExit(3)"])

    _run(Supervisor([child], told.append), lambda: len(told) == 2)

    assert told == [
        "The child ended with code 3; it starts again in 2 s.",
        "The child ended with code 3; it starts again in 4 s.",
    ]


def test_child_that_runs_once_is_left_alone() -> None:
    told: list[str] = []
    child = _child([sys.executable, "-c", ""], once=True)
    start = time.monotonic()

    _run(Supervisor([child], told.append), lambda: time.monotonic() - start > 2)

    assert told == []
    assert child.process is None


def test_all_children_end_with_the_supervisor() -> None:
    children = [_child(SLEEPER), _child(SLEEPER)]
    processes: list[subprocess.Popen[bytes]] = []

    def started() -> bool:
        processes[:] = [child.process for child in children if child.process]
        return len(processes) == 2

    _run(Supervisor(children, print), started)

    assert [process.returncode for process in processes] == [-signal.SIGTERM, -signal.SIGTERM]


def test_child_that_does_not_listen_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("semblance.common.supervision.STOP_SECONDS", 0.5)
    child = _child(STUBBORN)
    start = time.monotonic()

    _run(Supervisor([child], print), lambda: time.monotonic() - start > 2)

    assert child.process
    assert child.process.returncode == -signal.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_children_end_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    script = textwrap.dedent(f"""
        from semblance.common.supervision import Child, Supervisor, child_environment
        child = Child("The child", {SLEEPER!r}, child_environment())
        Supervisor([child], print).run(lambda: print(child.process.pid, flush=True))
    """)
    supervisor = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert supervisor.stdout
    child = psutil.Process(int(supervisor.stdout.readline()))

    supervisor.kill()
    supervisor.communicate()

    wait_until(lambda: not runs(child))
