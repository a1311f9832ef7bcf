"""The project's own measured figures."""

from collections.abc import Iterator
from typing import Any

from django.core.management import CommandParser

from semblance.search.domain.benchmark import BENCHMARKS, run_benchmark
from semblance.search.management.measuring import MeasuringCommand


class Command(MeasuringCommand):
    """``benchmark WHAT``."""

    help = (
        "Measures one part of Semblance beside a named baseline, in turns, in a collection of its own that is removed "
        "afterwards. ingest: images/s of storing and indexing, beside the extractor alone. search: latency of every "
        "layer, beside bare SQL. feedback: a refinement beside a first answer. extract: extractors beside decoding."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=list(BENCHMARKS))

    def handle(self, *args: Any, **options: Any) -> None:
        with self.measuring(f"Measuring {options['what']}") as show:
            document = run_benchmark(what=options["what"], on_progress=show)
        self.answer(document, _lines(document))


def _lines(document: dict[str, Any]) -> Iterator[str]:
    hardware = document["hardware"]
    yield (
        f"{hardware['processor']}, {hardware['cores']} cores, {hardware['memory_gib']} GiB; PostgreSQL"
        f" {document['versions']['postgresql']}, pgvector {document['versions']['pgvector']}"
    )
    yield f"Medians of {document['repetitions']} repetitions in turns; ratio to: {document['baseline']}."
    for row in document["rows"]:
        yield from _latency_lines(row) if "ways" in row else [_rate_line(row)]


def _latency_lines(row: dict[str, Any]) -> Iterator[str]:
    yield f"{row['images']} images, {row['dimension']}-d"
    for name, figures in row["ways"].items():
        yield f"  {name:28}{figures['median_ms']:10.2f} ms{figures['ratio']:9.2f} ×"


def _rate_line(row: dict[str, Any]) -> str:
    if "pipeline" in row:
        return (
            f"{row['extractor']}: pipeline {row['pipeline']} images/s (store {row['store']}, index {row['index']}),"
            f" extractor alone {row['extractor_alone']} images/s, ratio {row['ratio']}"
        )
    return f"{row['way']}: {row['images_per_second']} images/s, ratio {row['ratio']}"
