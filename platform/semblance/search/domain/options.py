"""How to search: checked once, for every face."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from semblance.common.errors import InvalidInput
from semblance.retrieval.feedback import METHODS

MAX_LIMIT = 1000
FILTERS = ("label", "tags", "metadata")


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """Weights, method, parameters, filters and limit of a search; raises InvalidInput when made of nonsense.

    ``filters`` takes ``label`` (one or a list: any of them), ``tags`` (one or a list: all of them), ``metadata`` (a
    document that must be contained); any other name is short for a key of the metadata.
    """

    weights: Mapping[str, float] = field(default_factory=dict)
    method: str = "rocchio"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    filters: Mapping[str, Any] = field(default_factory=dict)
    limit: int = 20
    exclude_query: bool = True

    def __post_init__(self) -> None:
        problems = {
            "weights": _weights_problem(self.weights),
            "method": "" if self.method in METHODS else f"Methods are {', '.join(METHODS)}.",
            "parameters": "" if isinstance(self.parameters, Mapping) else "Parameters are an object.",
            "filters": _filters_problem(self.filters),
            "limit": "" if 1 <= self.limit <= MAX_LIMIT else f"A limit is 1 to {MAX_LIMIT}.",
        }
        errors = {name: [message] for name, message in problems.items() if message}
        if errors:
            raise InvalidInput(" ".join(m for messages in errors.values() for m in messages), fields=errors)

    def values(self) -> dict[str, Any]:
        """Return the fields as a search keeps them."""
        return {
            "weights": dict(self.weights),
            "method": self.method,
            "parameters": dict(self.parameters),
            "filters": _normalised_filters(self.filters),
            "limit": self.limit,
            "exclude_query": self.exclude_query,
        }


def validated_crop(crop: Sequence[float] | None) -> list[float] | None:
    """Return x, y, width, height as fractions of the picture, or say what is wrong with them."""
    if crop is None:
        return None
    try:
        x, y, width, height = (float(value) for value in crop)
    except (TypeError, ValueError):
        x = y = width = height = math.nan
    inside = 0 <= x < 1 and 0 <= y < 1 and 0 < width <= 1 - x + 1e-6 and 0 < height <= 1 - y + 1e-6
    if not inside:
        message = "A crop is [x, y, width, height], each a fraction of the picture, inside it."
        raise InvalidInput(message, fields={"crop": [message]})
    return [x, y, width, height]


def _weights_problem(weights: Mapping[str, float]) -> str:
    if not isinstance(weights, Mapping):
        return "Weights are an object of extractor and number."
    numbers = [w for w in weights.values() if isinstance(w, int | float) and not isinstance(w, bool)]
    if len(numbers) != len(weights) or any(not math.isfinite(w) or w < 0 for w in numbers):
        return "Weights are numbers of 0 or more."
    return ""


def _filters_problem(filters: Mapping[str, Any]) -> str:
    if not isinstance(filters, Mapping):
        return "Filters are an object."
    if not isinstance(filters.get("metadata") or {}, Mapping):
        return "The filter `metadata` is an object."
    if not all(_is_texts(filters.get(name)) for name in ("label", "tags")):
        return "The filters `label` and `tags` are a text or a list of texts."
    return ""


def _is_texts(value: Any) -> bool:
    return value is None or all(
        isinstance(item, str) for item in (value if isinstance(value, list | tuple) else [value])
    )


def _normalised_filters(filters: Mapping[str, Any]) -> dict[str, Any]:
    metadata = dict(filters.get("metadata") or {}) | {k: v for k, v in filters.items() if k not in FILTERS}
    found = {"label": _texts(filters.get("label")), "tags": _texts(filters.get("tags")), "metadata": metadata}
    return {name: value for name, value in found.items() if value}


def _texts(value: Any) -> list[str]:
    if value is None or value == "":
        return []
    return [str(item) for item in value] if isinstance(value, list | tuple) else [str(value)]
