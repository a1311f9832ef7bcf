"""Images of a collection."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from semblance.api.access import usable_collection, usable_image
from semblance.api.etags import image_etag, require_match
from semblance.api.filters import ImageFilter
from semblance.api.idempotency import Replay, idempotent
from semblance.api.schema import operation
from semblance.api.serializers.images import (
    ImageRequestSerializer,
    ImageSerializer,
    UploadRequestSerializer,
    UploadSerializer,
)
from semblance.api.views.base import View, representation
from semblance.indexing.domain.uploads import Upload, add_images
from semblance.library.domain.images import delete_images, update_image, validated_facts
from semblance.library.enums import Role
from semblance.library.models import Image


def _told_apart(uploads: Sequence[Upload]) -> dict[str, list[Any]]:
    return {
        "accepted": [upload.image for upload in uploads if upload.image and not upload.duplicate],
        "duplicates": [{"file": upload.name, "image": upload.image} for upload in uploads if upload.duplicate],
        "rejected": [
            {"file": upload.name, "code": upload.problem.code, "detail": upload.problem.detail}
            for upload in uploads
            if upload.problem
        ],
    }


def _ids(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "accepted": [image["id"] for image in answer["accepted"]],
        "duplicates": [{"file": known["file"], "image": known["image"]["id"]} for known in answer["duplicates"]],
        "rejected": answer["rejected"],
    }


def _shown_again(view: View, kept: Mapping[str, Any], collection: UUID) -> Mapping[str, Any]:
    """Show an upload's outcome as far as its images are still there, to those who may still upload."""
    target = usable_collection(view.user, collection, Role.EDITOR)
    ids = [*kept["accepted"], *(known["image"] for known in kept["duplicates"])]
    images = {str(image.pk): image for image in Image.objects.filter(collection=target, pk__in=ids)}
    return representation(
        UploadSerializer,
        {
            "accepted": [images[pk] for pk in kept["accepted"] if pk in images],
            "duplicates": [
                {"file": known["file"], "image": images[known["image"]]}
                for known in kept["duplicates"]
                if known["image"] in images
            ],
            "rejected": kept["rejected"],
        },
    )


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
    @idempotent(atomic=False, replay=Replay(keep=_ids, show=_shown_again))
    def post(self, _request: Request, collection: UUID) -> Response:
        """Store what can be stored, say of every file what became of it, and have the new ones indexed."""
        target = usable_collection(self.user, collection, Role.EDITOR)
        values = self.validated(UploadRequestSerializer)
        files = values.pop("file")
        uploads, job = add_images(collection=target, files=files, user=self.user, **validated_facts(**values))
        answer = representation(UploadSerializer, _told_apart(uploads))
        if job is None:
            return Response(answer, status=202)
        return self.created(answer, "job", status=202, job=job.pk)


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
