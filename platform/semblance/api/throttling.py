"""Slowing down whoever guesses passwords."""

from hashlib import sha256
from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView


class FailureThrottle(SimpleRateThrottle):
    """Refuses after too many failures from one address; what succeeds is not counted."""

    scope = "token"

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        """Count by address."""
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}

    def throttle_success(self) -> bool:
        """Let the request pass without counting it."""
        return True

    def record(self, request: Request, view: APIView) -> None:
        """Count a failure."""
        key = self.get_cache_key(request, view)
        now = self.timer()
        history: list[Any] = self.cache.get(key, [])
        _, period = self.parse_rate(self.get_rate())
        self.cache.set(key, [now, *(moment for moment in history if moment > now - (period or 0))], period)


class NameFailureThrottle(FailureThrottle):
    """Refuses after too many failures with one name, from wherever they come."""

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        """Count by name."""
        name = str(request.data.get("username", "")) if isinstance(request.data, dict) else ""
        digest = sha256(name.casefold().encode(errors="replace")).hexdigest()
        return self.cache_format % {"scope": f"{self.scope}-name", "ident": digest}
