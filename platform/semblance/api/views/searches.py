"""Searches: ask, look back, delete."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from semblance.accounts.models import User
from semblance.api.access import own_search
from semblance.api.idempotency import Replay, idempotent
from semblance.api.parsers import JSONParser
from semblance.api.presentation import PREVIEW, present_searches, presentable
from semblance.api.schema import operation
from semblance.api.serializers.searches import SearchRequestSerializer, SearchSerializer, SearchUploadSerializer
from semblance.api.views.base import View, representation
from semblance.common.images import DEFAULT_LIMITS
from semblance.search.domain.options import SearchOptions
from semblance.search.domain.removal import delete_search
from semblance.search.domain.searches import create_search
from semblance.search.models import Search
from semblance.search.queries import searches_for

OPTIONS = ("weights", "method", "parameters", "filters", "limit", "exclude_query")


@extend_schema_view(
    get=operation(
        "listSearches",
        "My searches, newest first",
        answer=SearchSerializer(many=True),
        errors=[400],
        description=f"`results` holds the first {PREVIEW} places; one search by itself has all.",
    )
)
class SearchListView(View, ListAPIView[Search]):
    """The caller's searches."""

    serializer_class = SearchSerializer
    filter_backends = []
    parser_classes = [JSONParser, MultiPartParser]
    queryset = Search.objects.none()

    def get_queryset(self) -> QuerySet[Search]:
        """Return the caller's searches."""
        return presentable(searches_for(self.user), self.user)

    def paginate_queryset(self, queryset: Any) -> Any:
        """Add the results of a page at once."""
        return present_searches(super().paginate_queryset(queryset) or [], self.user, places=PREVIEW)

    @operation(
        "createSearch",
        "Find what looks like a picture",
        body={"application/json": SearchRequestSerializer, "multipart/form-data": SearchUploadSerializer},
        answer=SearchSerializer,
        status=201,
        creates=True,
        errors=[403, 404, 503],
    )
    @idempotent(
        replay=Replay(
            keep=lambda answer: {"id": answer["id"]},
            show=lambda view, kept: shown_search(view.user, own_search(view.user, kept["id"]).pk),
        )
    )
    def post(self, _request: Request) -> Response:
        """Search, and keep question and answer."""
        values = self.validated(SearchUploadSerializer)
        search = create_search(
            user=self.user,
            collections=values["collections"],
            file=_read(values.get("file")),
            image=values.get("image"),
            crop=values.get("crop"),
            options=SearchOptions(**{name: values[name] for name in OPTIONS if name in values}),
        )
        return self.created(shown_search(self.user, search.pk), "search", search=search.pk)


class SearchView(View):
    """One search of the caller."""

    @operation("getSearch", "A search at its current round", answer=SearchSerializer, errors=[404])
    def get(self, _request: Request, search: UUID) -> Response:
        """Show a search."""
        return Response(shown_search(self.user, own_search(self.user, search).pk))

    @operation("deleteSearch", "Delete a search with its rounds and votes", status=204, errors=[403, 404])
    def delete(self, _request: Request, search: UUID) -> Response:
        """Delete a search."""
        delete_search(search=own_search(self.user, search))
        return Response(status=204)


def shown_search(user: User, pk: UUID) -> Mapping[str, Any]:
    """Return a search with all it shows."""
    [search] = present_searches([presentable(searches_for(user), user).get(pk=pk)], user)
    return representation(SearchSerializer, search)


def _read(file: UploadedFile[Any] | None) -> bytes | None:
    return None if file is None else file.read(DEFAULT_LIMITS.max_bytes + 1)
