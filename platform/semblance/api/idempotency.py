"""`Idempotency-Key`: a repeated request gets the first one's answer and creates nothing."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from datetime import timedelta
from functools import wraps
from hashlib import sha256
from typing import Any, NamedTuple

from django.core.files.uploadedfile import UploadedFile
from django.db import DatabaseError, connection, transaction
from django.http import HttpResponse, QueryDict
from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from semblance.accounts.models import User
from semblance.api.models import RepeatableAnswer
from semblance.api.problems import Refusal

HEADER = "Idempotency-Key"
KEPT = timedelta(hours=24)
LONGEST_KEY = 255
Method = Callable[..., Response]


class Replay(NamedTuple):
    """How an answer that shows more than the request said is kept and shown again.

    `keep` reduces what was answered to ids. `show` (view, what was kept, and what the address names) answers with what
    the caller may see of it now, and refuses what they may not.
    """

    keep: Callable[[Any], Any]
    show: Callable[..., Any]


def idempotent(
    *, atomic: bool = True, hidden: tuple[str, ...] = (), replay: Replay | None = None
) -> Callable[[Method], Callable[..., HttpResponse]]:
    """Let a view's method take the header.

    `atomic` makes what is created and the kept answer one transaction. Uploads say False: their files are outside any
    transaction, and content that is there already is recognised. Fields in `hidden` are never kept; repeated, they are
    null.
    """

    def decorate(method: Method) -> Callable[..., HttpResponse]:
        @wraps(method)
        def answer(view: Any, request: Request, **where: Any) -> HttpResponse:
            key = request.headers.get(HEADER)
            if key is None:
                return method(view, request, **where)
            user, fingerprint = _checked(request, key), _fingerprint(request)
            with _alone(user, key), transaction.atomic() if atomic else nullcontext():
                if known := _known(user, key, fingerprint):
                    return _repeated(known, known.body if replay is None else _again(known, replay, view, where))
                response = method(view, request, **where)
                data = response.data | dict.fromkeys(hidden) if hidden else response.data
                data = replay.keep(data) if replay else data
                RepeatableAnswer.objects.create(user=user, key=key, fingerprint=fingerprint, **_kept(response, data))
                return response

        return answer

    return decorate


def _checked(request: Request, key: str) -> User:
    if not 0 < len(key) <= LONGEST_KEY or not key.isprintable():
        raise ValidationError({HEADER: [f"A key has 1 to {LONGEST_KEY} printable characters."]})
    user: User = request.user  # type: ignore[assignment]
    return user


@contextmanager
def _alone(user: User, key: str) -> Iterator[None]:
    """Hold a lock of this connection, which goes with it if the process dies."""
    number = int.from_bytes(sha256(f"{user.pk} {key}".encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [number])
        [free] = cursor.fetchone()
    if not free:
        raise Refusal("The first request with this key is still being worked on.", status=409, code="in-progress")
    try:
        yield
    finally:
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [number])


def _known(user: User, key: str, fingerprint: str) -> RepeatableAnswer | None:
    RepeatableAnswer.objects.filter(created__lt=timezone.now() - KEPT).delete()
    kept = RepeatableAnswer.objects.filter(user=user, key=key).first()
    if kept is not None and kept.fingerprint != fingerprint:
        raise Refusal("This key was used for another request.", status=422, code="idempotency-key-reused")
    return kept


def _again(kept: RepeatableAnswer, replay: Replay, view: Any, where: dict[str, Any]) -> str:
    return _json(replay.show(view, json.loads(kept.body), **where))


def _repeated(kept: RepeatableAnswer, body: str) -> HttpResponse:
    headers = kept.headers | {"Idempotent-Replayed": "true"}
    return HttpResponse(body, status=kept.status, content_type="application/json", headers=headers)


def _kept(response: Response, data: Any) -> dict[str, Any]:
    return {
        "status": response.status_code,
        "body": _json(data),
        "headers": {name: response[name] for name in ("Location", "ETag") if name in response},
    }


def _json(data: Any) -> str:
    return str(JSONRenderer().render(data), "utf-8")


def _fingerprint(request: Request) -> str:
    """Digest what was sent and not how: the boundary of a form differs each time."""
    data: Any = request.data
    if isinstance(data, QueryDict):
        data = {name: [_content(value) for value in values] for name, values in data.lists()}
    text = json.dumps([request.method, request.path, data], sort_keys=True)
    return sha256(text.encode()).hexdigest()


def _content(value: Any) -> Any:
    if not isinstance(value, UploadedFile):
        return value
    digest = sha256()
    for chunk in value.chunks():
        digest.update(chunk)
    value.seek(0)
    return [value.name, digest.hexdigest()]
