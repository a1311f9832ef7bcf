"""How a measurement tells how far it is."""

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Called with work done and work in all; may raise to break off."""


def silent(done: int, total: int) -> None:
    """Tell nobody."""


class Steps:
    """Counts equal steps and reports each."""

    def __init__(self, total: int, report: Progress) -> None:
        self.total = total
        self.done = 0
        self._report = report

    def step(self) -> None:
        self.done += 1
        self._report(self.done, self.total)
