"""The project's own measured figures: each beside a named baseline that was measured in the same run."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from semblance.search.domain.benchmark.ingesting import measure_extract, measure_ingest
from semblance.search.domain.benchmark.searching import measure_feedback, measure_search
from semblance.search.domain.progress import Progress, silent
from semblance.search.domain.provenance import hardware, versions

BENCHMARKS: Final[Mapping[str, Callable[[Progress], dict[str, Any]]]] = MappingProxyType(
    {"ingest": measure_ingest, "search": measure_search, "feedback": measure_feedback, "extract": measure_extract}
)
"""What can be measured, by name."""


def run_benchmark(*, what: str, on_progress: Progress = silent) -> dict[str, Any]:
    """Measure, and say on what machine with what versions; ``docs/benchmarks.md`` describes the document."""
    return {"what": what, **BENCHMARKS[what](on_progress), "hardware": hardware(), "versions": versions()}
