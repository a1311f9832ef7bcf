"""Measure retrieval on a collection's labels."""

from collections.abc import Iterator
from typing import Any

from django.core.management import CommandParser

from semblance.common import arguments
from semblance.library.domain.lookup import find_collection
from semblance.search.domain.evaluation import EvaluationParameters, evaluate_collection
from semblance.search.domain.evaluation.parameters import PROTOCOLS
from semblance.search.management.measuring import MeasuringCommand


class Command(MeasuringCommand):
    """``evaluate COLLECTION``."""

    help = (
        "Measures how well images of the same label find each other (protocol wang), or how much votes help (protocol "
        "control), through the search that everybody uses."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("collection", help="address (slug), owner/slug or id")
        parser.add_argument("--extractors", type=arguments.names, default=[], metavar="a,b", help="default: all it has")
        parser.add_argument(
            "--feedback", metavar="METHOD", default="", help="method to measure, rocchio say; means control"
        )
        parser.add_argument("--rounds", type=int, default=5, help="rounds of feedback (default 5)")
        parser.add_argument("--protocol", choices=PROTOCOLS, default="", help="default: wang, with --feedback control")
        parser.add_argument(
            "--salts", type=int, default=5, help="how many times control splits the classes (default 5)"
        )
        parser.add_argument("--queries", type=int, help="at most so many queries, chosen by a hash (default: all)")

    def handle(self, *args: Any, **options: Any) -> None:
        collection = find_collection(reference=options["collection"])
        names = ("extractors", "feedback", "rounds", "protocol", "salts", "queries")
        parameters = EvaluationParameters(**{name: options[name] for name in names})
        with self.measuring(f"Evaluating {collection}") as show:
            document = evaluate_collection(collection=collection, parameters=parameters, on_progress=show)
        self.answer(document, _wang_lines(document) if document["protocol"] == "wang" else _control_lines(document))


def _wang_lines(document: dict[str, Any]) -> Iterator[str]:
    yield f"{document['queries']} queries among {document['images']} images, {document['classes']} classes; percent."
    yield f"{'':24}{'MAP':>7}  {'95 %':^13}{'P@10':>7}{'P@20':>7}{'R-prec':>8}{'nDCG@20':>9}{'ER':>7}"
    ways = [*document["extractors"].items(), ("fused", document["fused"])]
    for name, figures in ways:
        for way in ("plain", "centred"):
            yield _wang_line(f"{name} {way}", figures[way])


def _wang_line(name: str, row: dict[str, Any]) -> str:
    if not row.get("intervals"):
        return f"{name:24} no query could be asked"
    low, high = row["intervals"]["map"]
    return (
        f"{name:24}{row['map']:7.2f}  {low:5.2f} – {high:5.2f}{row['p10']:7.2f}{row['p20']:7.2f}"
        f"{row['r_precision']:8.2f}{row['ndcg20']:9.2f}{row['er']:7.2f}"
    )


def _control_lines(document: dict[str, Any]) -> Iterator[str]:
    names = ", ".join(document["weights"])
    yield f"{document['feedback']} on {names}: {document['queries']} queries, {document['judged']} judged; percent."
    yield f"{'round':>5}{'MAP':>8}  {'95 %':^13}{'gain':>8}{'harmed':>8}"
    for row in document["rounds"]:
        low, high = row["interval"]
        yield f"{row['round']:5}{row['map']:8.2f}  {low:5.2f} – {high:5.2f}{row['gain']:+8.2f}{row['harmed']:8.2f}"
