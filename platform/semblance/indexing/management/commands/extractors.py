"""What extractors are installed, and whether they keep the contract."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.management import CommandError, CommandParser

from semblance.common.commands import Command as OurCommand
from semblance.common.context import extractor_context
from semblance.common.errors import NotFound
from semblance.extractors import registry
from semblance.extractors.checks import Problem
from semblance.indexing.checks import bump_problems, heavy_problems


class Command(OurCommand):
    """``extractors list`` and ``extractors check``."""

    help = "Lists the installed extractors, or tries whether each keeps the contract and gives sound vectors."
    json_output = True
    requires_system_checks = []  # one must be able to ask about extractors that stop everything else

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["list", "check"])
        parser.add_argument("names", nargs="*", metavar="name", help="only these; default: all that are installed")

    def handle(self, *args: Any, **options: Any) -> None:
        installed = list(registry.installed())
        problems = registry.problems(extractor_context())
        _check_names(options["names"], {*installed, *(problem.extractor for problem in problems)}, installed)
        chosen = options["names"] or installed
        if options["action"] == "list":
            found = [dict(registry.describe(name, extractor_context())) for name in chosen if name in installed]
            self.answer(found, _listed(found))
            return
        self._check(chosen, [problem for problem in problems if not options["names"] or problem.extractor in chosen])

    def _check(self, names: Sequence[str], problems: list[Problem]) -> None:
        sound = [name for name in names if name in registry.installed()]
        problems += heavy_problems(sound) + bump_problems(sound)
        document = [{"extractor": p.extractor, "code": p.code, "message": p.message, "hint": p.hint} for p in problems]
        self.answer({"checked": list(names), "problems": document}, _checked(sound, problems))
        if problems:
            raise CommandError(
                f"{len(problems)} problem{'s' if len(problems) > 1 else ''} found in installed extractors."
            )


def _check_names(names: Sequence[str], known: set[str], installed: Sequence[str]) -> None:
    if unknown := [name for name in names if name not in known]:
        raise NotFound(f"No extractor is called {', '.join(unknown)}; installed are {', '.join(installed) or 'none'}.")


def _listed(found: Sequence[dict[str, Any]]) -> Iterator[str]:
    for row in found:
        yield f"{row['name']} {row['version']} · {row['kind']} · {row['dimension']}-d · {row['distance']}"
        yield f"  {row['description']}"
        yield f"  {row['reference']}"
        yield "  available" if row["available"] else f"  unavailable: {row['reason']}"
    if not found:
        yield "No extractor is installed."


def _checked(sound: Sequence[str], problems: Sequence[Problem]) -> Iterator[str]:
    faulty = {problem.extractor for problem in problems}
    for name in sound:
        if name not in faulty:
            status = registry.get(name, extractor_context()).availability()
            yield f"{name}: sound" if status.available else f"{name}: declaration sound, not tried: {status.reason}"
    for problem in problems:
        yield f"{problem.extractor}: {problem.code}: {problem.message} {problem.hint}"
