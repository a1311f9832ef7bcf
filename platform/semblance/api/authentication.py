"""Who calls: a session with its CSRF token, or `Authorization: Token <key>`."""

from typing import Any

from django.utils import timezone
from knox.auth import TokenAuthentication as KnoxTokenAuthentication
from knox.models import AuthToken
from rest_framework import authentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

SCHEME = "Token"


class SessionAuthentication(authentication.SessionAuthentication):
    """Sessions; whoever has none is asked for a token, which makes the answer 401 and not 403."""

    def authenticate_header(self, request: Request) -> str:
        """Return the scheme that programs can answer with."""
        return SCHEME


class TokenAuthentication(KnoxTokenAuthentication):  # type: ignore[misc]
    """Tokens; only their hash is kept."""

    def _cleanup_token(self, auth_token: AuthToken) -> bool:
        """Refuse a token that is over; a request looks at its own token alone, not at every other of the user."""
        return bool(auth_token.expiry and auth_token.expiry < timezone.now())

    def authenticate_credentials(self, token: bytes) -> Any:
        """Return the user and the token, refusing bytes that are no text."""
        try:
            return super().authenticate_credentials(token)
        except UnicodeDecodeError as error:
            raise AuthenticationFailed("Invalid token.") from error
