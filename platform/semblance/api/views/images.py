"""Images of a collection."""

from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from semblance.accounts.models import User
from semblance.api.access import usable_collection, usable_image
from semblance.api.etags import image_etag, require_match
from semblance.api.filters import ImageFilter
from semblance.api.idempotency import idempotent
from semblance.api.schema import operation
from semblance.api.serializers.images import (
    ImageRequestSerializer,
    ImageSerializer,
    UploadRequestSerializer,
    UploadSerializer,
)
from semblance.api.views.base import View, representation
from semblance.common.errors import ImageRejected
from semblance.common.images import DEFAULT_LIMITS
from semblance.indexing.domain.jobs import request_indexing
from semblance.library.domain.images import (
    clean_filename,
    delete_images,
    store_image,
    update_image,
    validated_facts,
)
from semblance.library.enums import Role
from semblance.library.models import Collection, Image

Outcome = dict[str, list[Any]]


@extend_schema_view(
    get=operation("listImages", "Images of a collection", answer=ImageSerializer(many=True), errors=[400, 404])
)
class ImageListView(View, ListAPIView[Image]):
    """Images of one collection."""

    serializer_class = ImageSerializer
    filterset_class = ImageFilter
    parser_classes = [MultiPartParser]
    queryset = Image.objects.none()

    def get_queryset(self) -> QuerySet[Image]:
        """Return the collection's images."""
        collection = usable_collection(self.user, self.kwargs["collection"])
        return Image.objects.filter(collection=collection).defer("sha256", "original", "thumbnail")

    @operation(
        "uploadImages",
        "Upload one or many files; their features are computed by a job",
        body={"multipart/form-data": UploadRequestSerializer},
        answer=UploadSerializer,
        status=202,
        creates=True,
        errors=[403, 404],
    )
    @idempotent(atomic=False)
    def post(self, _request: Request, collection: UUID) -> Response:
        """Store what can be stored, say of every file what became of it, and have the new ones indexed."""
        target = usable_collection(self.user, collection, Role.EDITOR)
        values = self.validated(UploadRequestSerializer)
        files = values.pop("file")
        outcome = _stored(target, files, validated_facts(**values), self.user)
        answer = representation(UploadSerializer, outcome)
        if not outcome["accepted"]:
            return Response(answer, status=202)
        job = request_indexing(collection=target, user=self.user)
        return self.created(answer, "job", status=202, job=job.pk)


def _stored(collection: Collection, files: list["UploadedFile[Any]"], facts: dict[str, Any], user: User) -> Outcome:
    outcome: Outcome = {"accepted": [], "duplicates": [], "rejected": []}
    for file in files:
        name = clean_filename(file.name or "")
        # One byte more than is taken, so that a file of any size is refused without being read whole.
        data = file.read(DEFAULT_LIMITS.max_bytes + 1)
        try:
            stored = store_image(collection=collection, data=data, filename=name, user=user, **facts)
        except ImageRejected as error:
            outcome["rejected"].append({"file": name, "code": error.code, "detail": error.detail})
            continue
        if stored.duplicate:
            outcome["duplicates"].append({"file": name, "image": stored.image})
        else:
            outcome["accepted"].append(stored.image)
    return outcome


class ImageView(View):
    """One image."""

    @operation("getImage", "An image", answer=ImageSerializer, errors=[404])
    def get(self, _request: Request, image: UUID) -> Response:
        """Show an image."""
        return self._shown(usable_image(self.user, image))

    @operation(
        "updateImage",
        "Change label, tags or metadata",
        body=ImageRequestSerializer,
        answer=ImageSerializer,
        edits=True,
        errors=[400, 403, 404],
    )
    def patch(self, request: Request, image: UUID) -> Response:
        """Change what people say of an image."""
        usable_image(self.user, image, Role.ANNOTATOR)
        changes = self.validated(ImageRequestSerializer)
        with transaction.atomic():
            locked = get_object_or_404(Image.objects.select_for_update(), pk=image)
            require_match(request, image_etag(locked))
            return self._shown(update_image(image=locked, **changes))

    @operation("deleteImage", "Delete an image with its features, results and votes", status=204, errors=[403, 404])
    def delete(self, _request: Request, image: UUID) -> Response:
        """Delete an image."""
        found = usable_image(self.user, image, Role.EDITOR)
        delete_images(images=Image.objects.filter(pk=found.pk))
        return Response(status=204)

    def _shown(self, image: Image) -> Response:
        return Response(representation(ImageSerializer, image), headers={"ETag": image_etag(image)})
