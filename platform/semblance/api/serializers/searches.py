"""Searches, rounds, results and votes."""

from typing import Any

from rest_framework import serializers

from semblance.api.fields import FlagField, ItemsField, ObjectField
from semblance.api.serializers.images import ImageSerializer
from semblance.retrieval.feedback import METHODS
from semblance.search.domain.options import MAX_LIMIT
from semblance.search.enums import QueryKind
from semblance.search.models import PublishedQuery, Result, Round, Search


class PartSerializer(serializers.Serializer[Any]):
    """One extractor's part of a result."""

    distance = serializers.FloatField(allow_null=True)
    weight = serializers.FloatField()
    contribution = serializers.FloatField()


class ResultSerializer(serializers.Serializer[Result]):
    """One place of an answer."""

    rank = serializers.IntegerField()
    image = ImageSerializer()
    score = serializers.FloatField(help_text="What ranks; higher is more alike.")
    distance = serializers.FloatField(help_text="Weighted mean of the extractors' distances.")
    explanation = serializers.DictField(child=PartSerializer(), help_text="By extractor.")

    def to_representation(self, instance: Result) -> dict[str, Any]:
        """Write the explanation as it is kept: a thousand results are a thousand times this."""
        return {
            "rank": instance.rank,
            "image": self.fields["image"].to_representation(instance.image),
            "score": instance.score,
            "distance": instance.distance,
            "explanation": instance.explanation,
        }


class RoundSerializer(serializers.ModelSerializer[Round]):
    """How a round came about."""

    parameters = ObjectField()
    weights = serializers.DictField(child=serializers.FloatField(), help_text="Extractor weights it was ranked with.")

    class Meta:
        model = Round
        fields = ["number", "parent", "method", "parameters", "weights", "total", "votes", "created"]
        read_only_fields = fields


class RoundAnswerSerializer(RoundSerializer):
    """A round with its answer."""

    results = ResultSerializer(many=True, source="shown_results")
    harm = serializers.SerializerMethodField(
        help_text="What was done where refinement would have hurt; null until a guard judges rounds."
    )

    class Meta(RoundSerializer.Meta):
        fields = [*RoundSerializer.Meta.fields, "results", "harm"]

    def get_harm(self, _round: Round) -> dict[str, Any] | None:
        """Say nothing: no guard judges rounds."""
        return None


class QuerySerializer(serializers.Serializer[Search]):
    """What was asked with."""

    kind = serializers.ChoiceField(QueryKind.choices)
    image = serializers.UUIDField(source="image_id", allow_null=True)
    crop = serializers.ListField(child=serializers.FloatField(), allow_null=True, help_text="x, y, width, height.")


class VoteSerializer(serializers.Serializer[Any]):
    """A vote on an image."""

    image = serializers.UUIDField()
    value = serializers.FloatField(min_value=-1, max_value=1, help_text="−1 is unlike, 1 is alike, 0 withdraws.")


class PublishedSerializer(serializers.ModelSerializer[PublishedQuery]):
    """Where the gateway answers the query."""

    path = serializers.SerializerMethodField(help_text="Address at the gateway.")
    round = serializers.IntegerField(source="round.number")

    class Meta:
        model = PublishedQuery
        fields = ["key", "path", "round", "created"]

    def get_path(self, published: PublishedQuery) -> str:
        """Return the address."""
        return f"/v1/queries/{published.key}"


class SearchSerializer(serializers.ModelSerializer[Search]):
    """A search at its current round."""  # with what semblance.api.presentation adds

    collections = serializers.ListField(child=serializers.UUIDField(), source="shown_collections")
    query = QuerySerializer(source="*")
    parameters = ObjectField()
    weights = serializers.DictField(child=serializers.FloatField(), help_text="As asked; empty: the collections' own.")
    filters = ObjectField()
    rounds = RoundSerializer(many=True)
    round = serializers.IntegerField(source="current_round", help_text="Number of the current round.")
    total = serializers.IntegerField(
        help_text="Images that the filters left and that are indexed; `results` are the best of them."
    )
    results = ResultSerializer(many=True, source="shown_results")
    votes = VoteSerializer(many=True, source="shown_votes", help_text="Those that stand at the current round.")
    published = PublishedSerializer(allow_null=True, source="publication")

    class Meta:
        model = Search
        fields = [
            "id",
            "created",
            "collections",
            "query",
            "method",
            "parameters",
            "weights",
            "filters",
            "limit",
            "exclude_query",
            "rounds",
            "round",
            "total",
            "results",
            "votes",
            "published",
        ]
        read_only_fields = fields


class SearchRequestSerializer(serializers.Serializer[Any]):
    """A query by example: `image`, or `file` in a multipart form, where structures are JSON texts."""

    collections = ItemsField(child=serializers.UUIDField(), help_text="Where to search; at least one.")
    image = serializers.UUIDField(required=False, allow_null=True, help_text="Id of an image to search by.")
    crop = ItemsField(
        child=serializers.FloatField(),
        required=False,
        allow_null=True,
        help_text="x, y, width, height to look at, 0 to 1.",
    )
    weights = ObjectField(required=False, help_text="Extractor → number; the collections' own if left out.")
    method = serializers.CharField(required=False, max_length=40, help_text=f"How votes refine: {', '.join(METHODS)}.")
    parameters = ObjectField(required=False, help_text="Of the method; `centred` (true) for the ranking.")
    filters = ObjectField(required=False, help_text="`label`, `tags`, `metadata`, or keys of the metadata.")
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MAX_LIMIT)
    exclude_query = FlagField(required=False, help_text="Leave the query image out of the answer; true if left out.")


class SearchUploadSerializer(SearchRequestSerializer):
    """The same with a file."""

    file = serializers.FileField(required=False, allow_empty_file=True)


class RefineRequestSerializer(serializers.Serializer[Any]):
    """How to refine; what is left out is as the search was asked."""

    method = serializers.CharField(required=False, max_length=40)
    parameters = ObjectField(required=False)
    exclude_voted = FlagField(required=False, help_text="Leave out what was voted on.")
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MAX_LIMIT)
