"""One search from the terminal."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management import CommandError, CommandParser

from semblance.common import arguments
from semblance.common.commands import Command as OurCommand
from semblance.common.context import decode_limits
from semblance.common.errors import InvalidInput
from semblance.library.domain.lookup import find_collection
from semblance.library.models import Collection
from semblance.search.domain.options import SearchOptions
from semblance.search.domain.searches import create_search, get_round
from semblance.search.models import Result, Search


class Command(OurCommand):
    """``search_images COLLECTION (--image FILE | --id ID)``."""

    help = "Finds images that look like a file or like an image that is here; the search stays in the owner's history."
    json_output = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("collection", help="address (slug), owner/slug or id")
        query = parser.add_mutually_exclusive_group(required=True)
        query.add_argument("--image", type=Path, metavar="FILE", help="search by this file")
        query.add_argument("--id", type=UUID, help="search by an image that is here already")
        parser.add_argument("--limit", type=int, default=20, help="how many results, 1 to 1000 (default 20)")
        parser.add_argument(
            "--weights", type=arguments.weights, default={}, metavar="a=1,b=.5", help="how much each extractor counts"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        collection = find_collection(reference=options["collection"])
        _check_weights(collection, options["weights"])
        search = create_search(
            user=collection.owner,
            collections=[collection.pk],
            file=_file(options["image"]) if options["image"] else None,
            image=options["id"],
            options=SearchOptions(weights=options["weights"], limit=options["limit"]),
        )
        round_ = get_round(search=search, number=0)
        results = [_result(result) for result in round_.results.select_related("image")]
        self.answer(_document(search, collection, round_.weights, results), _lines(results))


def _check_weights(collection: Collection, weights: dict[str, float]) -> None:
    if unknown := [name for name in weights if name not in collection.extractors]:
        known = ", ".join(sorted(collection.extractors))
        raise InvalidInput(f"“{collection}” is not searched by {', '.join(unknown)}; it is by {known}.")


def _file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(decode_limits().max_bytes + 1)
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error


def _result(result: Result) -> dict[str, Any]:
    return {
        "rank": result.rank,
        "image": {"id": str(result.image_id), "filename": result.image.filename, "label": result.image.label},
        "score": result.score,
        "distance": result.distance,
        "explanation": result.explanation,
    }


def _document(
    search: Search, collection: Collection, weights: dict[str, float], results: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "id": search.pk,
        "collections": [collection.pk],
        "query": {"kind": search.kind, "image": search.image_id},
        "weights": weights,
        "results": results,
    }


def _lines(results: list[dict[str, Any]]) -> Iterator[str]:
    for result in results:
        image = result["image"]
        parts = ", ".join(f"{name} {part['contribution']:+.2f}" for name, part in result["explanation"].items())
        label = f" [{image['label']}]" if image["label"] else ""
        yield f"{result['rank']:4}. {result['score']:7.3f}  {image['filename']}{label}  {image['id']}  ({parts})"
    if not results:
        yield "Nothing was found."
