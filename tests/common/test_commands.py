"""What every command has in common, on the command line as a user meets it."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from semblance.common.commands import Command, ProgressLines
from semblance.common.errors import Conflict
from semblance.settings.env import PROJECT_DIR


class Greeting(Command):
    json_output = True

    def add_arguments(self, parser):
        parser.add_argument("name")

    def handle(self, *args: object, **options: object) -> None:
        if options["name"] == "nobody":
            raise CommandError("Nobody is there.")
        if options["name"] == "twice":
            raise Conflict("That name is taken.")
        self.answer({"name": options["name"]}, [f"Hello {options['name']}"])


def _manage(*words: str, entry: tuple[str, ...] = ("manage.py",)) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *entry, *words], cwd=PROJECT_DIR, capture_output=True, text=True, check=False
    )


def test_answer_is_lines_for_people() -> None:
    out = io.StringIO()

    call_command(Greeting(stdout=out), "Ada")

    assert out.getvalue() == "Hello Ada\n"


def test_answer_is_one_document_with_json() -> None:
    out = io.StringIO()

    call_command(Greeting(stdout=out), "Ada", json=True)

    assert json.loads(out.getvalue()) == {"name": "Ada"}


def test_mistake_ends_with_code_2() -> None:
    with pytest.raises(CommandError, match=r"^Nobody is there\.$") as caught:
        call_command(Greeting(), "nobody")

    assert caught.value.returncode == 2


def test_our_errors_reach_callers_as_they_are() -> None:
    with pytest.raises(Conflict, match="That name is taken"):
        call_command(Greeting(), "twice")


@pytest.mark.parametrize("entry", [("manage.py",), ("-m", "semblance")])
@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("doctor", "--colour"), "Error: unrecognized arguments: --colour\n"),
        (("serve", "--port", "many"), "Error: argument --port: invalid int value: 'many'\n"),
        (("dance",), "Error: There is no command 'dance'; `manage.py help` lists all.\n"),
    ],
)
def test_wrong_use_is_one_line_and_code_2(entry: tuple[str, ...], words: tuple[str, ...], line: str) -> None:
    result = _manage(*words, entry=entry)

    assert (result.returncode, result.stdout, result.stderr) == (2, "", line)


def test_unreachable_database_is_one_line_and_code_2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://somebody:secret@127.0.0.1:1/semblance")

    result = _manage("migrate")

    assert result.returncode == 2
    assert result.stderr.startswith("Error: The database of DATABASE_URL cannot be reached: ")
    assert result.stderr.count("\n") == 1


def test_trouble_with_the_embedded_server_is_one_line_and_code_2(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("16\n", encoding="ascii")
    monkeypatch.setenv("SEMBLANCE_DATA", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)

    result = _manage("migrate")

    assert result.returncode == 2
    assert result.stderr.startswith(f"Error: The data in {tmp_path / 'postgres'} is of PostgreSQL 16")
    assert result.stderr.count("\n") == 1


def test_progress_without_a_terminal_is_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with Greeting().progress("Indexing", total=3) as advance:
        advance(1)
        advance(2)

    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(",")[0] for line in lines] == ["Indexing: 3 of 3"]


def test_progress_line_tells_rate_and_time_left(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([100.0, 110.0, 110.0])
    monkeypatch.setattr("semblance.common.commands.time.monotonic", lambda: next(clock))
    lines = ProgressLines("Indexing", 40)

    lines.advance(10)

    assert capsys.readouterr().err == "Indexing: 10 of 40, 1.0/s, 30 s left\n"
