"""Every error as a problem document (RFC 9457), in the form that the REST API uses."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

import psycopg
from apiflask import APIFlask, HTTPError
from flask import Response, current_app, json
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from semblance.common.errors import InvalidInput, SemblanceError

MEDIA_TYPE = "application/problem+json"
DATABASE_AWAY = "The database does not answer at the moment; try again in a few seconds."
SERVER_ERROR = "Something went wrong on our side; it has been written to the log."
RETRY_SECONDS = "5"
_CODES = {400: "bad-request", 404: "not-found", 413: "too-large", 429: "throttled", 500: "server-error"}


class BadFields(InvalidInput):
    """Input that does not fit its model: one message for each field."""

    def __init__(self, error: ValidationError) -> None:
        fields: dict[str, list[str]] = {}
        for item in error.errors(include_url=False, include_context=False, include_input=False):
            name = ".".join(str(part) for part in item["loc"])
            fields.setdefault(name, []).append(item["msg"].removeprefix("Value error, "))
        super().__init__(_summary(fields), fields=fields)


def problem(
    detail: str,
    *,
    status: int,
    code: str = "",
    errors: Mapping[str, Sequence[str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Answer with a problem document."""
    title = HTTPStatus(status).phrase
    code = code or _CODES.get(status) or title.lower().replace(" ", "-")
    body = {"type": f"urn:semblance:problem:{code}", "title": title, "status": status, "detail": detail, "code": code}
    if errors:
        body["errors"] = errors
    return Response(json.dumps(body), status, dict(headers or {}), content_type=MEDIA_TYPE)


def register(app: APIFlask) -> None:
    """Answer whatever a view or Flask itself raises."""
    app.error_processor(_refused)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(SemblanceError, _ours)
    app.register_error_handler(psycopg.OperationalError, _database_away)


def _ours(error: SemblanceError) -> Response:
    headers = {"Retry-After": RETRY_SECONDS} if error.status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return problem(error.detail, status=error.status, code=error.code, errors=error.fields, headers=headers)


def _refused(error: HTTPError) -> Response:
    """Answer input that APIFlask found wrong: errors by place, then by field."""
    fields = {name: messages for place in error.detail.values() for name, messages in place.items()}
    if fields:
        return problem(_summary(fields), status=400, code="invalid", errors=fields)
    return problem(error.message or SERVER_ERROR, status=error.status_code)


def _summary(fields: Mapping[str, Sequence[str]]) -> str:
    return " ".join(f"{field or 'The document'}: {messages[0]}." for field, messages in fields.items())


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    detail = SERVER_ERROR if status >= HTTPStatus.INTERNAL_SERVER_ERROR else _sentence(error)
    kept = {name: value for name, value in error.get_headers() if not name.lower().startswith("content-")}
    return problem(detail, status=status, headers=kept)


def _sentence(error: HTTPException) -> str:
    if error.code == HTTPStatus.TOO_MANY_REQUESTS:
        return f"Too many requests: the limit is {error.description}. Wait, or send an API key in X-API-Key."
    if error.code == HTTPStatus.NOT_FOUND:
        return "There is nothing at this address."
    return error.description or error.name


def _database_away(error: psycopg.OperationalError) -> Response:
    current_app.logger.warning("database: %s", error)
    return problem(DATABASE_AWAY, status=503, code="unavailable", headers={"Retry-After": RETRY_SECONDS})
