"""Tokens, the caller's account and gateway keys."""

from typing import Any
from uuid import UUID

from django.contrib.auth import authenticate
from rest_framework import permissions
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle

from semblance.accounts.domain.keys import create_api_key, revoke_api_key
from semblance.accounts.domain.tokens import issue_token, revoke_token
from semblance.accounts.models import ApiKey
from semblance.api.authentication import SCHEME, TokenAuthentication
from semblance.api.idempotency import idempotent
from semblance.api.parsers import JSONParser
from semblance.api.schema import operation
from semblance.api.serializers.account import (
    AccountSerializer,
    ApiKeyRequestSerializer,
    CredentialsSerializer,
    NewApiKeySerializer,
    TokenSerializer,
)
from semblance.api.throttling import FailureThrottle, NameFailureThrottle
from semblance.api.views.base import View, representation
from semblance.common.errors import NotFound

NO_STORE = {"Cache-Control": "no-store"}


class TokenView(View):
    """Give tokens for passwords, and take them back."""

    parser_classes = [JSONParser, FormParser, MultiPartParser]

    def get_authenticators(self) -> list[Any]:
        """Look at nobody's session: a page of another origin must not sign anybody in."""
        return [TokenAuthentication()] if self.request and self.request.method == "DELETE" else []

    def get_permissions(self) -> list[Any]:
        """Let strangers ask for a token."""
        return [permissions.AllowAny()] if self.request.method == "POST" else [permissions.IsAuthenticated()]

    def get_throttles(self) -> list[BaseThrottle]:
        """Slow down guessing."""
        return [FailureThrottle(), NameFailureThrottle()] if self.request.method == "POST" else []

    def get_authenticate_header(self, request: Request) -> str:
        """Name the scheme, so that a failure is 401."""
        return SCHEME

    @operation(
        "createToken",
        "Get a token for a name and a password",
        body=CredentialsSerializer,
        answer=TokenSerializer,
        errors=[400, 429],
        auth=[],
    )
    def post(self, request: Request) -> Response:
        """Check the password; whatever is wrong, the answer is the same."""
        values = self.validated(CredentialsSerializer)
        user = authenticate(request._request, username=values["username"], password=values["password"])
        if user is None:
            for throttle in (FailureThrottle(), NameFailureThrottle()):
                throttle.record(request, self)
            raise AuthenticationFailed("No account goes with this name and password.")
        return Response({"token": issue_token(user=user)}, headers=NO_STORE)

    @operation("revokeToken", "Make the token of this request worthless", status=204)
    def delete(self, request: Request) -> Response:
        """Take the token back."""
        revoke_token(token=request.auth)
        return Response(status=204)


class AccountView(View):
    """The caller."""

    @operation("getMe", "Who I am, with my gateway keys", answer=AccountSerializer)
    def get(self, _request: Request) -> Response:
        """Show the account."""
        return Response(representation(AccountSerializer, self.user))


class ApiKeyListView(View):
    """Gateway keys of the caller."""

    @operation(
        "createApiKey",
        "Make a key for the gateway; its secret is shown once",
        body=ApiKeyRequestSerializer,
        answer=NewApiKeySerializer,
        status=201,
        creates=True,
        errors=[403],
    )
    @idempotent(hidden=("secret",))
    def post(self, _request: Request) -> Response:
        """Make a key."""
        key, secret = create_api_key(user=self.user, name=self.validated(ApiKeyRequestSerializer)["name"])
        shown: Any = key
        shown.secret = secret
        answer = self.created(representation(NewApiKeySerializer, key), "api-key", key=key.pk)
        answer["Cache-Control"] = NO_STORE["Cache-Control"]
        return answer


class ApiKeyView(View):
    """One gateway key."""

    @operation("deleteApiKey", "Make a gateway key worthless", status=204, errors=[403, 404])
    def delete(self, _request: Request, key: UUID) -> Response:
        """Revoke the key."""
        found = ApiKey.objects.filter(user=self.user, pk=key).first()
        if found is None:
            raise NotFound("You have no such key.")
        revoke_api_key(key=found)
        return Response(status=204)
