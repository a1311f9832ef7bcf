"""Collections and their members."""

from typing import Any

from rest_framework import serializers

from semblance.library.enums import ImageState, Role, Visibility
from semblance.library.models import Collection


class ExtractorWeightSerializer(serializers.Serializer[Any]):
    """An extractor of a collection; its weight counts where a search names none."""

    name = serializers.CharField(max_length=100)
    weight = serializers.FloatField(default=1.0, min_value=0)


class ExtractorWeightsField(serializers.ListSerializer[Any]):
    """Name → weight, shown as a list of both."""

    child = ExtractorWeightSerializer()

    def to_representation(self, data: Any) -> list[Any]:
        """List the pairs."""
        return [{"name": name, "weight": weight} for name, weight in data.items()]


class CountsSerializer(serializers.Serializer[Any]):
    """Images by state."""

    images = serializers.IntegerField(source="images_count")
    indexed = serializers.IntegerField(source=f"{ImageState.INDEXED.value}_count")
    pending = serializers.IntegerField(source=f"{ImageState.PENDING.value}_count")
    failed = serializers.IntegerField(source=f"{ImageState.FAILED.value}_count")


class RoleField(serializers.ChoiceField):
    """A role by its name."""

    def __init__(self, **options: Any) -> None:
        super().__init__([(label, label) for label in Role.labels], **options)

    def to_internal_value(self, data: Any) -> Any:
        """Return the role."""
        return Role.named(super().to_internal_value(data))

    def to_representation(self, value: Any) -> str:
        """Return the name."""
        return str(Role(value).label)


class CollectionSerializer(serializers.ModelSerializer[Collection]):
    """A collection as the caller sees it."""

    extractors = ExtractorWeightsField()
    counts = CountsSerializer(source="*")
    role = RoleField(source="role_value", help_text="What the caller may do here.")

    class Meta:
        model = Collection
        fields = [
            "id",
            "slug",
            "name",
            "description",
            "visibility",
            "extractors",
            "counts",
            "role",
            "created",
            "modified",
        ]
        read_only_fields = fields


class CollectionRequestSerializer(serializers.Serializer[Any]):
    """What a collection is made from; what is left out has a sensible default."""

    name = serializers.CharField(max_length=120)
    slug = serializers.CharField(max_length=80, required=False, help_text="Part of addresses; made from the name.")
    description = serializers.CharField(max_length=5000, required=False, allow_blank=True)
    visibility = serializers.ChoiceField(Visibility.choices, required=False)
    extractors = ExtractorWeightSerializer(many=True, required=False, help_text="Else the installation's.")

    def validate_extractors(self, value: list[dict[str, Any]]) -> dict[str, float]:
        """Return name → weight."""
        weights = {item["name"]: item["weight"] for item in value}
        if len(weights) < len(value):
            raise serializers.ValidationError("Name each extractor once.")
        return weights


class CollectionChangesSerializer(CollectionRequestSerializer):
    """What can be changed in a collection; nothing has to be."""

    name = serializers.CharField(max_length=120, required=False)


class MemberSerializer(serializers.Serializer[Any]):
    """What somebody may do with a collection."""

    id = serializers.UUIDField()
    username = serializers.CharField(source="user.username")
    role = RoleField()
    created = serializers.DateTimeField()


class MemberRequestSerializer(serializers.Serializer[Any]):
    """Whom to let in."""

    username = serializers.CharField(max_length=150)
    role = RoleField()


class RoleRequestSerializer(serializers.Serializer[Any]):
    """The role to give."""

    role = RoleField()
