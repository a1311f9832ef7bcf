"""The OpenAPI description: how an operation is declared once, with every status it can answer."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.plumbing import build_bearer_security_scheme_object
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers

from semblance.api.authentication import SCHEME
from semblance.api.idempotency import HEADER
from semblance.api.problems import MEDIA_TYPE

UNKNOWN = "application/octet-stream"
IMAGE_TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp", "image/tiff", UNKNOWN)
REASONS = {
    400: "Something in the request makes no sense; `errors` says what, by field.",
    401: "No valid session or token.",
    403: "You may see this but not do that, or a session's CSRF token is missing.",
    404: "There is no such thing, or you may not know of it.",
    409: "The request contradicts the present state.",
    412: "It was changed since you read it.",
    413: "The request is too large.",
    422: "The idempotency key was used for another request.",
    429: "Too many attempts; `Retry-After` says for how many seconds to wait.",
    503: "A part that is needed is not there at the moment.",
}


class ProblemSerializer(serializers.Serializer[Any]):
    """What every error is answered with (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="What happened and what to do, for people.")
    code = serializers.CharField(help_text="Stable, for programs.")
    errors = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()), required=False, help_text="Messages by field."
    )


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """`Authorization: Token <key>`."""

    target_class = "semblance.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Describe the header."""
        return build_bearer_security_scheme_object("Authorization", SCHEME)


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The session cookie of the dashboard."""

    target_class = "semblance.api.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Describe the cookie."""
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}


def operation(
    name: str,
    summary: str,
    *,
    answer: Any = None,
    status: int = HTTPStatus.OK,
    body: Any = None,
    media_types: Sequence[str] = (),
    errors: Sequence[int] = (),
    creates: bool = False,
    edits: bool = False,
    cached: bool = False,
    **options: Any,
) -> Callable[[Any], Any]:
    """Describe one operation: `creates` takes an idempotency key, `edits` an `If-Match`, `cached` may answer 304."""
    failures = {401, *errors}
    failures |= ({413} if body else set()) | ({400, 409, 422} if creates else set()) | ({412} if edits else set())
    done = answer if answer is not None else OpenApiResponse(description="Done.")
    responses: dict[Any, Any] = {(status, *media_types): done}
    responses |= {(code, MEDIA_TYPE): _problem(REASONS[code]) for code in sorted(failures)}
    if cached:
        responses[HTTPStatus.NOT_MODIFIED] = OpenApiResponse(description="You have it already.")
    responses["default", MEDIA_TYPE] = _problem("Any other error.")
    return extend_schema(
        operation_id=name,
        summary=summary,
        request=body,
        responses=responses,
        parameters=[*options.pop("parameters", ()), *_headers(status, creates=creates, edits=edits)],
        **options,
    )


def _problem(description: str) -> OpenApiResponse:
    return OpenApiResponse(ProblemSerializer, description=description)


def _headers(status: int, *, creates: bool, edits: bool) -> list[OpenApiParameter]:
    headers = []
    if creates:
        repeated = "Any text of your own; a repetition within a day creates nothing and is answered alike."
        headers.append(_header(HEADER, repeated))
        headers.append(_header("Location", "What was made, or the job that works on it.", response=[status]))
    if edits:
        headers.append(_header("If-Match", "`ETag` of the state that the change is meant for."))
    return headers


def _header(name: str, description: str, **options: Any) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, description=description, **options)
