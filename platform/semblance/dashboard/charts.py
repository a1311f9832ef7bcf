"""Figures as drawings: points of a line in a box of 100 by 100 units, y upwards."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

FULL = 100.0
MEASURES = {"map": "MAP", "p10": "P@10", "p20": "P@20", "r_precision": "R-precision", "ndcg20": "nDCG@20", "er": "ER"}


@dataclass(frozen=True, slots=True)
class Line:
    """A line to draw: its points for an SVG polyline."""

    name: str
    points: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table of measures; `cells` are pairs of a mean and its interval."""

    name: str
    centred: bool
    cells: Sequence[tuple[float, Sequence[float] | None]]


def measure_rows(result: Mapping[str, Any]) -> list[Row]:
    """Return what each extractor, and all of them fused, reached in a `wang` evaluation."""
    parts = dict(result["extractors"]) | ({"fused": result["fused"]} if len(result["extractors"]) > 1 else {})
    return [
        Row(name, kind == "centred", [(figures[m], figures["intervals"].get(m)) for m in MEASURES])
        for name, part in parts.items()
        for kind, figures in part.items()
        if kind in {"plain", "centred"}
    ]


def recall_lines(result: Mapping[str, Any]) -> list[Line]:
    """Return precision over recall of every extractor, centred."""
    parts = dict(result["extractors"]) | ({"fused": result["fused"]} if len(result["extractors"]) > 1 else {})
    return [
        Line(name, _points((FULL * point["recall"], point["precision"]) for point in part["centred"]["curve"]))
        for name, part in parts.items()
    ]


def class_bars(result: Mapping[str, Any]) -> list[tuple[str, int, float]]:
    """Return class, queries and MAP in percent, the best class first."""
    classes = result["fused"]["centred"]["classes"]
    return sorted(((name, f["queries"], f["map"]) for name, f in classes.items()), key=lambda row: -row[2])


def round_line(result: Mapping[str, Any]) -> Line:
    """Return MAP over the rounds of a `control` evaluation."""
    rounds = result["rounds"]
    width = max(1, len(rounds) - 1)
    return Line("MAP", _points((FULL * place / width, figures["map"]) for place, figures in enumerate(rounds)))


def _points(pairs: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:.2f},{FULL - y:.2f}" for x, y in pairs)
