"""Images and uploads."""

from typing import Any

from rest_framework import serializers

from semblance.api.fields import ItemsField, ObjectField
from semblance.library.enums import ImageState
from semblance.library.models import Image


class ImageSerializer(serializers.ModelSerializer[Image]):
    """An image."""

    collection = serializers.UUIDField(source="collection_id")
    state = serializers.ChoiceField(ImageState.choices)
    metadata = ObjectField()

    class Meta:
        model = Image
        fields = [
            "id",
            "collection",
            "filename",
            "width",
            "height",
            "size",
            "media_type",
            "label",
            "tags",
            "metadata",
            "state",
            "error",
            "created",
        ]
        read_only_fields = fields


class ImageRequestSerializer(serializers.Serializer[Any]):
    """What can be changed in an image."""

    label = serializers.CharField(max_length=200, allow_blank=True, required=False)  # type: ignore[assignment]
    tags = ItemsField(child=serializers.CharField(max_length=100), required=False)
    metadata = ObjectField(required=False)


class UploadRequestSerializer(ImageRequestSerializer):
    """Files, and what is true of all of them."""

    file = serializers.ListField(
        child=serializers.FileField(allow_empty_file=True), help_text="One or many parts of this name."
    )


class DuplicateSerializer(serializers.Serializer[Any]):
    """A file whose content the collection has already."""

    file = serializers.CharField(help_text="Name of the file.")
    image = ImageSerializer()


class RejectedSerializer(serializers.Serializer[Any]):
    """A file that was not taken."""

    file = serializers.CharField(help_text="Name of the file.")
    code = serializers.CharField()
    detail = serializers.CharField()


class UploadSerializer(serializers.Serializer[Any]):
    """What became of each file."""

    accepted = ImageSerializer(many=True)
    duplicates = DuplicateSerializer(many=True)
    rejected = RejectedSerializer(many=True)
