"""The ``wang`` protocol: every labelled image asks once for the rest of its collection; relevant is its class."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from semblance.retrieval.measures import Hits, measured, precision_curve, summarised
from semblance.search.domain.evaluation.figures import percent
from semblance.search.domain.evaluation.labelled import Labelled, View
from semblance.search.domain.progress import Progress

FUSED = "fused"


@dataclass(slots=True)
class _Tally:
    """Measures of the queries so far, in one view."""

    classes: list[int] = field(default_factory=list)
    measures: list[dict[str, float]] = field(default_factory=list)
    curve: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(11))

    def add(self, number: int, hits: Hits, relevant: int) -> None:
        self.classes.append(number)
        self.measures.append(measured(hits, relevant))
        self.curve += precision_curve(hits, relevant)


def measure_wang(
    images: Labelled, weights: Mapping[str, float], *, queries: int | None, seed: int, on_progress: Progress
) -> dict[str, Any]:
    """Measure each extractor alone and all fused, plain and centred; shares in percent."""
    views = _views(weights)
    tallies = {key: _Tally() for key in views}
    places = images.candidates(queries, seed)
    asked = 0
    for question in images.questions(places):
        number, relevant = int(images.classes[question.place]), images.relatives(question.place)
        for key, view in views.items():
            order = images.order(question, view)
            tallies[key].add(number, images.classes[order] == number, relevant)
        asked += 1
        on_progress(asked, len(places))
    figures = {key: _figures(tally, images.names, seed) for key, tally in tallies.items()}
    alone = {name: _both(figures, name) for name in weights}
    together = _both(figures, FUSED) if len(weights) > 1 else alone[next(iter(weights))]
    return {
        "queries": asked,
        "skipped": {"alone": images.alone(), "without_features": len(places) - asked},
        "extractors": alone,
        "fused": {"weights": dict(weights), **together},
    }


def _views(weights: Mapping[str, float]) -> dict[tuple[str, bool], View]:
    """Name every way to rank: one extractor with all weight, or all with theirs."""
    ways: dict[str, Mapping[str, float]] = {
        name: {other: float(other == name) for other in weights} for name in weights
    }
    if len(weights) > 1:
        ways[FUSED] = weights
    return {(name, centred): View(way, centred) for name, way in ways.items() for centred in (False, True)}


def _both(figures: Mapping[tuple[str, bool], dict[str, Any]], name: str) -> dict[str, Any]:
    return {"plain": figures[name, False], "centred": figures[name, True]}


def _figures(tally: _Tally, names: Sequence[str], seed: int) -> dict[str, Any]:
    total = summarised(tally.measures, seed=seed)
    return {
        **{name: percent(figure.mean) for name, figure in total.items()},
        "intervals": {name: [percent(figure.low), percent(figure.high)] for name, figure in total.items()},
        "classes": {names[number]: _class_figures(tally, number) for number in sorted(set(tally.classes))},
        "curve": [
            {"recall": round(place / 10, 1), "precision": percent(value / max(1, len(tally.measures)))}
            for place, value in enumerate(tally.curve)
        ],
    }


def _class_figures(tally: _Tally, number: int) -> dict[str, Any]:
    rows = [row for row, other in zip(tally.measures, tally.classes, strict=True) if other == number]
    return {"queries": len(rows)} | {name: percent(float(np.mean([row[name] for row in rows]))) for name in rows[0]}
