"""Every error as a problem document (RFC 9457)."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, JsonResponse
from django.http.request import UnreadablePostError
from django.urls import Resolver404, resolve
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt
from drf_standardized_errors.formatter import flatten_errors
from drf_standardized_errors.handler import ExceptionHandler
from drf_standardized_errors.types import ExceptionHandlerContext
from rest_framework.exceptions import APIException, ErrorDetail, ValidationError
from rest_framework.settings import api_settings

from semblance.common.errors import SemblanceError

MEDIA_TYPE = "application/problem+json"
ROOT = "/api/"
SERVER_ERROR = "Something went wrong on our side; it has been written to the log."
DATABASE_AWAY = "The database does not answer at the moment; try again in a few seconds."


class Refusal(APIException):
    """An error whose status, code and fields are known when it is raised."""

    def __init__(
        self, detail: str, *, status: int, code: str, fields: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        super().__init__(detail, code)
        self.status_code = status
        self.fields = fields or {}


def problem_response(
    detail: str, *, status: int, code: str, errors: Mapping[str, Sequence[str]] | None = None, **headers: str
) -> JsonResponse:
    """Answer with a problem document."""
    problem = {
        "type": f"urn:semblance:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
    }
    if errors:
        problem["errors"] = errors
    return JsonResponse(problem, status=status, content_type=MEDIA_TYPE, headers=headers)


class ProblemHandler(ExceptionHandler):
    """Turns whatever a view raises into a problem document; what nobody foresaw is logged and answered with 500."""

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        """Give our errors, Django's and those of a database that is away the status they stand for."""
        if isinstance(exc, RequestDataTooBig):
            return Refusal("The request is too large.", status=413, code="too-large")
        if isinstance(exc, SuspiciousOperation | UnreadablePostError):
            return Refusal(str(exc) or "The request cannot be read.", status=400, code="bad-request")
        if isinstance(exc, OperationalError | InterfaceError):
            return Refusal(DATABASE_AWAY, status=503, code="unavailable")
        if isinstance(exc, SemblanceError):
            return Refusal(exc.detail, status=exc.status, code=exc.code, fields=exc.fields)
        known: Exception = super().convert_known_exceptions(exc)
        return known

    def should_not_handle(self, exc: Exception) -> bool:
        """Answer problems in debug mode as well; the traceback is in the log."""
        return False

    def convert_unhandled_exceptions(self, exc: Exception) -> APIException:
        """Say nothing about the cause of a server error."""
        return exc if isinstance(exc, APIException) else Refusal(SERVER_ERROR, status=500, code="server-error")

    def format_exception(self, exc: APIException) -> dict[str, Any]:
        """Return detail, code and errors by field."""
        if isinstance(exc, ValidationError):
            errors = _by_field(exc)
            sentences = (f"{field}: {messages[0]}" for field, messages in errors.items())
            return {"detail": " ".join(sentences), "code": "invalid", "errors": errors}
        detail = exc.detail if isinstance(exc.detail, ErrorDetail) else exc.default_detail
        code = str(getattr(detail, "code", exc.default_code)).replace("_", "-")
        return {"detail": str(detail), "code": code, "errors": getattr(exc, "fields", {})}

    def get_response(self, exc: APIException, data: dict[str, Any]) -> JsonResponse:  # type: ignore[override]
        """Build the answer without the view's renderers, which may make other things than JSON."""
        return problem_response(**data, status=exc.status_code, **self.get_headers(exc))

    def report_exception(self, exc: APIException, response: Any) -> None:
        """Report what nobody foresaw; an error that we raise on purpose speaks for itself."""
        if not isinstance(self.exc, APIException | SemblanceError):
            super().report_exception(exc, response)


def _by_field(exc: ValidationError) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    for error in flatten_errors(_named(exc.detail)):
        errors.setdefault(error.attr or api_settings.NON_FIELD_ERRORS_KEY, []).append(error.detail)
    return errors


def _named(detail: Any) -> Any:
    """Name the places of a list by text; the place 0 would get lost on the way."""
    return {str(key): _named(value) for key, value in detail.items()} if isinstance(detail, dict) else detail


def exception_handler(exc: Exception, context: ExceptionHandlerContext) -> HttpResponse | None:
    """Handle an exception of a view."""
    response: HttpResponse | None = ProblemHandler(exc, context).run()
    return response


@csrf_exempt
def unmatched(request: HttpRequest, **_: Any) -> HttpResponse:
    """Answer an address that leads nowhere, or lead to the one that differs by the last slash only."""
    path = request.path_info
    other = path.rstrip("/") if path.endswith("/") else f"{path}/"
    if _leads_somewhere(other):
        query = f"?{request.META['QUERY_STRING']}" if request.META["QUERY_STRING"] else ""
        return HttpResponsePermanentRedirect(other + query, preserve_request=True)
    return problem_response(f"There is nothing at {path}.", status=404, code="not-found")


def _leads_somewhere(path: str) -> bool:
    try:
        return resolve(path).func is not unmatched
    except Resolver404:
        return False


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that was refused before it reached a view."""
    if request.path_info.startswith(ROOT):
        return problem_response("The request cannot be read.", status=400, code="bad-request")
    return defaults.bad_request(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer an error outside the views."""
    if request.path_info.startswith(ROOT):
        return problem_response(SERVER_ERROR, status=500, code="server-error")
    return defaults.server_error(request)
