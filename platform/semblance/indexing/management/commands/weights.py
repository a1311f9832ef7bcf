"""Weights of extractors that need some."""

from argparse import SUPPRESS
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from django.core.management import CommandError, CommandParser

from semblance.common.commands import Command as OurCommand
from semblance.common.errors import InvalidInput, NotFound, Unavailable
from semblance.extractors import registry
from semblance.extractors.contract import Extractor, ExtractorUnavailable, WeightedExtractor
from semblance.indexing.domain.extraction import loaded_extractor
from semblance.indexing.queries import collections_lacking


class Command(OurCommand):
    """``weights status``, ``weights fetch NAME`` and ``weights import NAME FILE``."""

    help = "Shows which extractors have their weights, downloads published weights, or takes them from a file."
    json_output = True
    requires_system_checks = []  # one must be able to ask about extractors that stop everything else

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="{status,fetch,import}")
        for name, text in (
            ("status", "which extractors have their weights"),
            ("fetch", "download the published weights of an extractor"),
            ("import", "take an extractor's weights from a file"),
        ):
            action = actions.add_parser(name, help=text)
            action.add_argument("--json", action="store_true", default=SUPPRESS, help="print one JSON document")
            if name != "status":
                action.add_argument("name", help="an extractor")
            if name == "import":
                action.add_argument(
                    "file", type=Path, help="a file in the layout of its framework (.pth for torchvision)"
                )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["action"] == "status":
            rows = [_status(name) for name in registry.installed() if _weighted(name) is not None]
            self.answer(rows, _status_lines(rows))
            return
        extractor = _required(options["name"])
        digest = _imported(extractor, options["file"]) if "file" in options else _fetched(extractor)
        waiting = collections_lacking(extractor=extractor.name, version=extractor.version, weights_digest=digest)
        document = {
            "extractor": extractor.name,
            "sha256": digest,
            "collections": [{"id": c.pk, "slug": c.slug, "owner": c.owner.username} for c in waiting],
        }
        self.answer(document, _ready_lines(document))


def _weighted(name: str) -> WeightedExtractor | None:
    extractor = loaded_extractor(name)
    return cast(WeightedExtractor, extractor) if hasattr(extractor, "import_weights") else None


def _required(name: str) -> WeightedExtractor:
    weighted = [known for known in registry.installed() if _weighted(known) is not None]
    if name not in registry.installed():
        raise NotFound(f"No extractor is called {name}; those with weights are {', '.join(weighted)}.")
    extractor = _weighted(name)
    if extractor is None:
        raise InvalidInput(f"{name} needs no weights; those that do are {', '.join(weighted)}.")
    return extractor


def _fetched(extractor: WeightedExtractor) -> str:
    try:
        return extractor.fetch_weights()
    except ExtractorUnavailable as error:
        raise Unavailable(str(error)) from error


def _imported(extractor: WeightedExtractor, file: Path) -> str:
    if not file.is_file():
        raise CommandError(f"There is no file {file}.")
    try:
        return extractor.import_weights(file)
    except ExtractorUnavailable as error:
        raise Unavailable(str(error)) from error
    except (ValueError, OSError) as error:
        raise InvalidInput(str(error)) from error


def _status(name: str) -> dict[str, Any]:
    extractor: Extractor = loaded_extractor(name)
    status = extractor.availability()
    return {
        "extractor": name,
        "available": status.available,
        "sha256": extractor.weights_digest(),
        "reason": status.reason,
    }


def _status_lines(rows: list[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        digest = f" (SHA-256 {row['sha256'][:12]}…)" if row["sha256"] else ""
        yield f"{row['extractor']}: " + (f"here{digest}" if row["available"] else str(row["reason"]))
    if not rows:
        yield "No installed extractor needs weights."


def _ready_lines(document: dict[str, Any]) -> Iterator[str]:
    yield f"{document['extractor']} has its weights (SHA-256 {document['sha256'][:12]}…) and can work now."
    for collection in document["collections"]:
        slug = f"{collection['owner']}/{collection['slug']}"
        yield f"{slug} uses it and has no features by these weights yet: run “manage.py reindex {slug}”."
