"""What APIFlask cannot know of the OpenAPI document."""

from typing import Any, Final

from flask_gateway.access import HEADER
from flask_gateway.errors import MEDIA_TYPE
from flask_gateway.schemas import Problem, Question

SEARCH: Final = "/v1/collections/{slug}/search"
PROBLEM: Final = {"$ref": "#/components/schemas/Problem"}
DESCRIPTION: Final = (
    "Public collections and published queries, read-only. Errors are problem documents (RFC 9457). "
    f"Without a key the rate limit is low; a key in the header {HEADER} raises it."
)
SECURITY_SCHEMES: Final = {
    "ApiKey": {"type": "apiKey", "in": "header", "name": HEADER, "description": "A key of your account; optional."}
}


def complete(document: Any) -> Any:
    """Add the two forms of a search, the optional key, and the errors that every address may answer with."""
    schemas = document["components"]["schemas"]
    schemas["Problem"] = Problem.model_json_schema()
    schemas["Question"] = Question.model_json_schema()
    document["security"] = [{}, {"ApiKey": []}]
    document["paths"][SEARCH]["post"]["requestBody"] = _search_body(schemas["Question"])
    for path, operations in document["paths"].items():
        for operation in operations.values():
            if isinstance(operation, dict):
                _describe_errors(operation["responses"], limited=path.startswith("/v1/"))
    for unused in ("ValidationError", "HTTPError"):
        schemas.pop(unused, None)
    return document


def _search_body(question: dict[str, Any]) -> dict[str, Any]:
    picture = {"type": "string", "contentMediaType": "application/octet-stream", "description": "A picture."}
    weights = {"type": "string", "contentMediaType": "application/json", "description": "Weight by extractor, as JSON."}
    form = {"type": "object", "properties": question["properties"] | {"file": picture, "weights": weights}}
    return {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/Question"}},
            "multipart/form-data": {"schema": form},
        },
    }


def _describe_errors(responses: dict[str, Any], *, limited: bool) -> None:
    if limited:
        responses |= {
            "401": {"description": "The key is not valid."},
            "429": {
                "description": "Too many requests.",
                "headers": {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}},
            },
        }
    responses.setdefault("503", {"description": "The database does not answer."})
    for status, response in responses.items():
        if not status.startswith("2"):
            response["content"] = {MEDIA_TYPE: {"schema": PROBLEM}}
