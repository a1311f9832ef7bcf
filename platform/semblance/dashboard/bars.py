"""Bars that are drawn on a common scale."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Bar:
    """One extractor's part of a score; `start` and `length` are percents of the width."""

    name: str
    distance: float | None
    weight: float
    contribution: float
    start: float
    length: float


def bars(explanation: Mapping[str, Mapping[str, Any]]) -> list[Bar]:
    """Scale the contributions of one result to percents of a bar's width, the largest part first."""
    values = [float(part["contribution"]) for part in explanation.values()]
    low, high = min(0.0, *values), max(0.0, *values)
    span = (high - low) or 1.0
    drawn = [
        Bar(
            name=name,
            distance=part["distance"],
            weight=float(part["weight"]),
            contribution=float(part["contribution"]),
            start=round(100 * (min(0.0, float(part["contribution"])) - low) / span, 2),
            length=round(100 * abs(float(part["contribution"])) / span, 2),
        )
        for name, part in explanation.items()
    ]
    return sorted(drawn, key=lambda bar: -abs(bar.contribution))
