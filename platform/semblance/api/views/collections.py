"""Collections."""

from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from semblance.api.access import described_collections, usable_collection
from semblance.api.etags import collection_etag, require_match
from semblance.api.filters import CollectionFilter
from semblance.api.idempotency import idempotent
from semblance.api.schema import operation
from semblance.api.serializers.collections import (
    CollectionChangesSerializer,
    CollectionRequestSerializer,
    CollectionSerializer,
)
from semblance.api.views.base import View, representation
from semblance.indexing.domain.jobs import request_indexing
from semblance.library.domain.collections import create_collection, delete_collection, update_collection
from semblance.library.enums import Role
from semblance.library.models import Collection


@extend_schema_view(
    get=operation("listCollections", "Collections I may look at", answer=CollectionSerializer(many=True), errors=[400])
)
class CollectionListView(View, ListAPIView[Collection]):
    """All collections the caller may see."""

    serializer_class = CollectionSerializer
    filterset_class = CollectionFilter

    def get_queryset(self) -> QuerySet[Collection]:
        """Return what the caller may see."""
        return described_collections(self.user)

    @operation(
        "createCollection",
        "Make a collection",
        body=CollectionRequestSerializer,
        answer=CollectionSerializer,
        status=201,
        creates=True,
        errors=[403],
    )
    @idempotent()
    def post(self, _request: Request) -> Response:
        """Make a collection that the caller owns."""
        collection = create_collection(owner=self.user, **self.validated(CollectionRequestSerializer))
        shown = described_collections(self.user).get(pk=collection.pk)
        answer = self.created(representation(CollectionSerializer, shown), "collection", collection=collection.pk)
        answer["ETag"] = collection_etag(shown)
        return answer


class CollectionView(View):
    """One collection."""

    @operation("getCollection", "A collection", answer=CollectionSerializer, errors=[404])
    def get(self, _request: Request, collection: UUID) -> Response:
        """Show a collection."""
        usable_collection(self.user, collection)
        return self._shown(collection)

    @operation(
        "updateCollection",
        "Change name, address, description, visibility or extractors",
        body=CollectionChangesSerializer,
        answer=CollectionSerializer,
        edits=True,
        errors=[400, 403, 404, 409],
    )
    def patch(self, request: Request, collection: UUID) -> Response:
        """Change a collection; with other extractors the missing features are computed."""
        usable_collection(self.user, collection, Role.OWNER)
        changes = self.validated(CollectionChangesSerializer)
        with transaction.atomic():
            locked = get_object_or_404(Collection.objects.select_for_update(no_key=True), pk=collection)
            require_match(request, collection_etag(locked))
            before = locked.extractors
            update_collection(collection=locked, **changes)
            if set(before) != set(locked.extractors):
                request_indexing(collection=locked, user=self.user)
        return self._shown(collection)

    @operation("deleteCollection", "Delete a collection with all it holds", status=204, errors=[403, 404])
    def delete(self, _request: Request, collection: UUID) -> Response:
        """Delete a collection."""
        delete_collection(collection=usable_collection(self.user, collection, Role.OWNER))
        return Response(status=204)

    def _shown(self, pk: UUID) -> Response:
        shown = get_object_or_404(described_collections(self.user), pk=pk)
        return Response(representation(CollectionSerializer, shown), headers={"ETag": collection_etag(shown)})
