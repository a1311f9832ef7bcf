"""The base of our commands: one-line errors, ``--json``, and progress for people and for logs."""

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

Advance = Callable[[int], None]

SECONDS_BETWEEN_LINES = 10.0


class Error(CommandError):
    """A mistake of the user as the terminal shows it: ``Error: …`` and exit code 2."""


class Command(BaseCommand):
    """Base of every command of ours.

    Raise :class:`~semblance.common.errors.SemblanceError` or ``CommandError`` with one sentence that names cause and
    cure. A command that sets ``json_output`` takes ``--json`` and gives its answer to :meth:`answer`.
    """

    json_output: ClassVar[bool] = False
    as_json = False

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        self._called_from_command_line = False  # makes a wrong argument an exception instead of a page of usage
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        if self.json_output:
            parser.add_argument("--json", action="store_true", help="print one JSON document on standard output")
        return parser

    def execute(self, *args: Any, **options: Any) -> str | None:
        self.as_json = bool(options.get("json"))
        try:
            return super().execute(*args, **options)
        except CommandError as error:
            raise Error(str(error), returncode=2) from error

    def answer(self, document: Any, lines: Iterable[str]) -> None:
        """Print the result: the document with ``--json``, the lines without."""
        if self.as_json:
            self.stdout.write(json.dumps(document, indent=2, default=str))
            return
        for line in lines:
            self.stdout.write(line)

    @contextmanager
    def progress(self, label: str, total: int | None) -> Iterator[Advance]:
        """Show on standard error how far a long piece of work is; the body calls the given function with amounts done.

        A terminal gets a bar with rate and time left, anything else a plain line every few seconds and one at the end.
        """
        console = Console(stderr=True)
        if console.is_terminal:
            with Progress(*_COLUMNS, console=console) as bar:
                task = bar.add_task(label, total=total)
                yield lambda amount: bar.advance(task, amount)
            return
        lines = ProgressLines(label, total)
        yield lines.advance
        lines.write()


class ProgressLines:
    """Progress as plain lines: ``Indexing: 120 of 1000, 35.2/s, 25 s left``."""

    def __init__(self, label: str, total: int | None) -> None:
        self.label = label
        self.total = total
        self.done = 0
        self._start = self._written = time.monotonic()

    def advance(self, amount: int) -> None:
        self.done += amount
        if time.monotonic() - self._written >= SECONDS_BETWEEN_LINES:
            self.write()

    def write(self) -> None:
        self._written = time.monotonic()
        rate = self.done / max(self._written - self._start, 1e-6)
        goal = "" if self.total is None else f" of {self.total}"
        left = (self.total or 0) - self.done
        ending = f", {left / rate:.0f} s left" if rate and left > 0 else ""
        sys.stderr.write(f"{self.label}: {self.done}{goal}, {rate:.1f}/s{ending}\n")
        sys.stderr.flush()


class _RateColumn(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:.1f}/s")


_COLUMNS = (
    TextColumn("{task.description}"),
    BarColumn(),
    MofNCompleteColumn(),
    _RateColumn(),
    TimeElapsedColumn(),
    TimeRemainingColumn(),
)
