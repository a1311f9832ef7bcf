"""Fair times: everything that is compared is measured in turns, so that a noisy machine slows all of it alike."""

import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

from semblance.search.domain.progress import Steps

WARM_UP = 2


def interleaved(ways: Mapping[str, Callable[[], object]], repetitions: int, steps: Steps) -> dict[str, float]:
    """Time each way so many times, in turns, and return the medians in seconds; each turn is a step."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for repetition in range(-WARM_UP, repetitions):
        for name, way in ways.items():
            seconds = timed(way)
            if repetition >= 0:
                times[name].append(seconds)
        steps.step()
    return {name: median(values) for name, values in times.items()}


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that work takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def latencies(seconds: Mapping[str, float], baseline: str) -> dict[str, Any]:
    """Present medians in milliseconds with their ratio to a baseline."""
    return {
        name: {"median_ms": round(1000 * value, 3), "ratio": round(value / seconds[baseline], 2)}
        for name, value in seconds.items()
    }
