"""Who calls: a session with its CSRF token, or `Authorization: Token <key>`."""

from typing import Any

from knox.auth import TokenAuthentication as KnoxTokenAuthentication
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

    def authenticate_credentials(self, token: bytes) -> Any:
        """Return the user and the token, refusing bytes that are no text."""
        try:
            return super().authenticate_credentials(token)
        except UnicodeDecodeError as error:
            raise AuthenticationFailed("Invalid token.") from error
