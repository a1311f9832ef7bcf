"""What lists can be narrowed by."""

from typing import Any

from django_filters import rest_framework as filters

from semblance.library.enums import ImageState, Visibility
from semblance.library.querysets import ImageQuerySet


class CollectionFilter(filters.FilterSet):  # type: ignore[misc]
    """Collections by address and visibility."""

    slug = filters.CharFilter(field_name="slug")
    visibility = filters.ChoiceFilter(field_name="visibility", choices=Visibility.choices)


class ImageFilter(filters.FilterSet):  # type: ignore[misc]
    """Images by label, tag, state, and text in filename, label or tags."""

    label = filters.CharFilter(method="narrow")
    tag = filters.CharFilter(method="narrow")
    state = filters.ChoiceFilter(method="narrow", choices=ImageState.choices)
    q = filters.CharFilter(method="narrow", label="Text in filename, label or tags.")

    def narrow(self, images: ImageQuerySet, name: str, value: Any) -> ImageQuerySet:
        """Hand the condition to the one place that knows what it means."""
        return images.matching(**{"text" if name == "q" else name: value})
