"""Commands are typed as a person would type them, and leave through the same door."""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from semblance import cli
from tests.factories import picture


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


Manage = Callable[..., Ran]


@pytest.fixture
def empty_queue(transactional_db: None) -> Iterator[None]:
    """No jobs and no workers, of other tests or for them: these tables are not emptied between tests."""
    _empty_queue()
    yield
    _empty_queue()


def _empty_queue() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_events")
        cursor.execute("DELETE FROM procrastinate_jobs")
        cursor.execute("DELETE FROM procrastinate_workers")


@pytest.fixture
def manage(
    empty_queue: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ran]:
    def run(*words: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["manage.py", *map(str, words)])
        capsys.readouterr()
        code = 0
        try:
            cli.main()
        except SystemExit as left:
            code = int(left.code or 0)
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two folders of three pictures each."""
    for number, name in enumerate(("birds", "ships")):
        (tmp_path / "pictures" / name).mkdir(parents=True)
        for seed in range(3):
            data = picture(10 * number + seed, hue=100 * number)
            (tmp_path / "pictures" / name / f"{seed}.png").write_bytes(data)
    return tmp_path / "pictures"
