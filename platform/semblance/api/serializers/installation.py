"""What is installed here."""

from typing import Any

from rest_framework import serializers

DISTANCES = ("cosine", "euclidean", "manhattan")


class ExtractorSerializer(serializers.Serializer[Any]):
    """An installed extractor."""

    name = serializers.CharField()
    version = serializers.CharField()
    kind = serializers.CharField()
    dimension = serializers.IntegerField()
    distance = serializers.ChoiceField(DISTANCES)
    available = serializers.BooleanField(help_text="Whether it can work here and now.")
    reason = serializers.CharField(allow_blank=True, help_text="If not, why, and what to do.")
    description = serializers.CharField()
    reference = serializers.CharField()


class ExtractorVersionSerializer(serializers.Serializer[Any]):
    """Name and version of an extractor."""

    name = serializers.CharField()
    version = serializers.CharField()
    available = serializers.BooleanField()


class InfoSerializer(serializers.Serializer[Any]):
    """Versions."""

    semblance = serializers.CharField()
    api = serializers.CharField()
    postgresql = serializers.CharField()
    pgvector = serializers.CharField()
    extractors = ExtractorVersionSerializer(many=True)
