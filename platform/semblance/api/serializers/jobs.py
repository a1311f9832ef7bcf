"""Jobs and evaluations."""

from typing import Any

from rest_framework import serializers

from semblance.api.fields import FlagField, ItemsField, ObjectField
from semblance.indexing.enums import JobKind, JobState
from semblance.indexing.models import Job


class JobSerializer(serializers.ModelSerializer[Job]):
    """Long work on a collection."""

    collection = serializers.UUIDField(source="collection_id")
    kind = serializers.ChoiceField(JobKind.choices)
    state = serializers.ChoiceField(JobState.choices)
    rate = serializers.FloatField(allow_null=True, help_text="Images a second so far.")
    eta = serializers.FloatField(allow_null=True, help_text="Seconds the rest will take.")

    class Meta:
        model = Job
        fields = [
            "id",
            "collection",
            "kind",
            "state",
            "done",
            "total",
            "failed",
            "rate",
            "eta",
            "error",
            "created",
            "started",
            "finished",
        ]
        read_only_fields = fields


class JobRequestSerializer(serializers.Serializer[Any]):
    """What to compute."""

    retry_failed = FlagField(default=False, help_text="Give the images that were set aside another chance.")


class EvaluationSerializer(serializers.Serializer[Any]):
    """A measurement; `result` is null until its job is done."""

    id = serializers.UUIDField()
    collection = serializers.UUIDField(source="collection_id")
    job = JobSerializer()
    parameters = ObjectField()
    result = ObjectField(allow_null=True, help_text="Figures and the points of curves.")
    created = serializers.DateTimeField()


class EvaluationRequestSerializer(serializers.Serializer[Any]):
    """What to measure; checked in full by the evaluation itself."""

    extractors = ItemsField(child=serializers.CharField(), required=False, help_text="All by default.")
    protocol = serializers.CharField(required=False, help_text="wang, or control, which measures feedback.")
    feedback = serializers.CharField(required=False, help_text="Name of a feedback method.")
    parameters = ObjectField(required=False, help_text="Parameters of the feedback method.")
    rounds = serializers.IntegerField(required=False)
    salts = serializers.IntegerField(required=False)
    queries = serializers.IntegerField(required=False, allow_null=True, help_text="At most so many; all by default.")
