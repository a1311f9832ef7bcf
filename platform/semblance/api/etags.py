"""Edits that notice somebody else's edit: `ETag` and `If-Match`."""

import json
from hashlib import sha256
from typing import Any

from django.utils.http import parse_etags
from rest_framework.request import Request

from semblance.api.problems import Refusal
from semblance.library.models import Collection, Image


def collection_etag(collection: Collection) -> str:
    """Return the tag of what can be edited in a collection; counts may change below it."""
    return _etag(collection.slug, collection.name, collection.description, collection.visibility, collection.extractors)


def image_etag(image: Image) -> str:
    """Return the tag of what can be edited in an image."""
    return _etag(image.label, image.tags, image.metadata)


def require_match(request: Request, current: str) -> None:
    """Refuse an edit of a state that is no longer the present one."""
    wanted = parse_etags(request.headers.get("If-Match", "*"))
    if "*" not in wanted and current not in wanted:
        raise Refusal(
            "Somebody changed this since you read it; read it again and repeat your change.",
            status=412,
            code="changed-meanwhile",
        )


def _etag(*values: Any) -> str:
    return f'"{sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:32]}"'
