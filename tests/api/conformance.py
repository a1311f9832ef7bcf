"""A client that holds every answer against the published description."""

import json
import re
from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from openapi_schema_validator import OAS31Validator, oas31_format_checker
from rest_framework.test import APIClient

UNDECLARED = {405, 406, 415, 500, 503}
"""Statuses that the description covers by `default`."""
OUTSIDE = {"schema", "docs", "unmatched", None}


@cache
def description() -> dict[str, Any]:
    """Return the OpenAPI document as it is served."""
    document: dict[str, Any] = json.loads(json.dumps(SchemaGenerator().get_schema(public=True), default=str))
    return document


class ConformingClient(APIClient):
    """Fails a test whose answer has a status, a media type or a body that the description does not know."""

    def request(self, **kwargs: Any) -> Any:
        response = super().request(**kwargs)
        match = response.resolver_match
        if match is not None and match.view_name.startswith("api:") and match.url_name not in OUTSIDE:
            check(response, kwargs["REQUEST_METHOD"].lower(), match.route)
        return response


def check(response: Any, method: str, route: str) -> None:
    """Hold one answer against the description."""
    path = "/" + re.sub(r"<\w+:(\w+)>", r"{\1}", route)
    operation = description()["paths"][path].get(method)
    if operation is None:
        assert response.status_code == 405
        return
    declared = operation["responses"]
    status = str(response.status_code)
    if status not in declared and response.status_code in UNDECLARED:
        status = "default"
    assert status in declared, f"{method} {path} answered {status}, declared are {sorted(declared)}"
    content = declared[status].get("content")
    if content is None:
        assert not response.streaming
        assert not response.content
        return
    media_type = response["Content-Type"].split(";")[0]
    assert media_type in content, f"{method} {path} answered {media_type}, declared are {sorted(content)}"
    if "json" in media_type:
        validate(response.json(), content[media_type]["schema"])


def validate(body: Any, schema: dict[str, Any]) -> None:
    """Hold a body against a schema of the description."""
    whole = {**schema, "components": description()["components"]}
    OAS31Validator(whole, format_checker=oas31_format_checker).validate(body)
