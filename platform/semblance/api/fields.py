"""Fields that read the same from JSON and from a multipart form, where structures are JSON texts."""

import json
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

DEEPEST = 32
LARGEST = 1e300


class FlagField(serializers.BooleanField):
    """A boolean that keeps its default when a form does not mention it."""

    default_empty_html = serializers.empty


class ItemsField(serializers.ListField):
    """A list; in a form either repeated parts or one part with a JSON array."""

    def to_internal_value(self, data: Any) -> list[Any]:
        """Return the items."""
        if isinstance(data, list) and len(data) == 1 and isinstance(data[0], str) and data[0].lstrip().startswith("["):
            try:
                data = json.loads(data[0])
            except (ValueError, RecursionError):
                self.fail("not_a_list", input_type="text that is no JSON array")
        items: list[Any] = super().to_internal_value(data)
        return items


@extend_schema_field(OpenApiTypes.OBJECT)
class ObjectField(serializers.JSONField):
    """A JSON object that PostgreSQL can keep; in a form its JSON text."""

    default_error_messages = {
        "invalid": "Give a JSON object of texts, finite numbers, lists and objects, without null characters.",
    }

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Return the object."""
        try:
            value = super().to_internal_value(data)
        except RecursionError:
            value = None
        if not isinstance(value, dict) or not _storable(value, DEEPEST):
            self.fail("invalid")
        return value


def _storable(value: Any, depth: int) -> bool:
    if isinstance(value, dict):
        return depth > 0 and all(_storable(k, 0) and _storable(v, depth - 1) for k, v in value.items())
    if isinstance(value, list):
        return depth > 0 and all(_storable(item, depth - 1) for item in value)
    if isinstance(value, str):
        return "\x00" not in value and not any("\ud800" <= character <= "\udfff" for character in value)
    return isinstance(value, bool | None) or (isinstance(value, int | float) and abs(value) < LARGEST)
