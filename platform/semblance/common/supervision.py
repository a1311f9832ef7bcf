"""Keeps child processes running: one that ends is started again, later each time; all stop together."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
HEALTHY_AFTER = 60.0
STOP_SECONDS = 10.0
LOOK_EVERY = 0.25

_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG


@dataclass
class Child:
    """One program of a :class:`Supervisor`; with ``once`` it is not started again after it ended."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    once: bool = False
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    due: float = 0.0
    pause: float = FIRST_PAUSE

    def start(self) -> None:
        self.started = time.monotonic()
        # A group of its own keeps the terminal's Ctrl-C from it: the supervisor alone decides when it stops.
        self.process = subprocess.Popen(
            self.command,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            process_group=0,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - a supervisor has no other thread
        )

    def signal(self, number: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)


@dataclass
class Supervisor:
    """Runs children until it is told to stop by Ctrl-C, SIGTERM or SIGHUP."""

    children: Sequence[Child]
    tell: Callable[[str], object]
    every_look: Callable[[], object] = lambda: None
    _stopping: bool = field(default=False, init=False)

    def run(self, when_started: Callable[[], object]) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop_soon)
        try:
            for child in self.children:
                child.start()
            when_started()
            while not self._stopping:
                self.every_look()
                for child in self.children:
                    self._look_after(child)
                time.sleep(LOOK_EVERY)
        finally:
            self.stop()

    def stop(self) -> None:
        """Ask all children to end, and end those that have not within seconds."""
        for child in self.children:
            child.signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for child in self.children:
            if child.process is not None:
                with suppress(subprocess.TimeoutExpired):
                    child.process.wait(max(deadline - time.monotonic(), 0.01))
                child.signal(signal.SIGKILL)
                child.process.wait()

    @property
    def stopping(self) -> bool:
        return self._stopping

    def _stop_soon(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True

    def _look_after(self, child: Child) -> None:
        now = time.monotonic()
        if child.process is None:
            if not child.once and now >= child.due:
                child.start()
            return
        code = child.process.poll()
        if code is None:
            return
        child.process = None
        if child.once:
            if code != 0:
                self.tell(f"{child.name} failed with code {code}; the rest goes on.")
            return
        child.pause = FIRST_PAUSE if now - child.started > HEALTHY_AFTER else min(child.pause * 2, LONGEST_PAUSE)
        child.due = now + child.pause
        self.tell(f"{child.name} ended with code {code}; it starts again in {child.pause:.0f} s.")


def child_environment(**more: str) -> dict[str, str]:
    """Return our own environment with additions, for a child: nothing is read from it here."""
    return os.environ | more


def _die_with_parent() -> None:
    """Have Linux end the child when its supervisor is killed, so that no port stays taken."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGTERM)
