"""What the views share."""

from collections.abc import Mapping
from typing import Any, cast

from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from semblance.accounts.models import User

Serializer = type[serializers.Serializer[Any]]


class View(APIView):
    """A view behind sign-in."""

    @property
    def user(self) -> User:
        """The caller, who is signed in: the permission says so."""
        return cast(User, self.request.user)

    def validated(self, serializer: Serializer) -> dict[str, Any]:
        """Return what the request says, checked."""
        form = serializer(data=self.request.data)
        form.is_valid(raise_exception=True)
        values: dict[str, Any] = form.validated_data
        return values

    def created(self, data: Any, location: str, *, status: int = 201, **where: Any) -> Response:
        """Answer with what was made and where it is."""
        return Response(data, status=status, headers={"Location": reverse(f"api:{location}", kwargs=where)})


def representation(serializer: type[serializers.BaseSerializer[Any]], thing: Any) -> Mapping[str, Any]:
    """Return how a thing is shown."""
    shown: Mapping[str, Any] = serializer(thing).data
    return shown
