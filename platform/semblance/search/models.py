"""Searches, rounds, results, votes, published queries and evaluations."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from pgvector.django import VectorField

from semblance.common.models import IdentifiedModel
from semblance.indexing.models import FeatureSpace, Job
from semblance.library.models import Collection, Image
from semblance.search.enums import QueryKind


def query_path(search: "Search", filename: str) -> str:
    """Name an uploaded query after ids of our own."""
    return f"queries/{search.id.hex[:2]}/{search.id}"


class Search(IdentifiedModel):
    """A query by example and all that was asked with it. The database forgets `image` when that image is deleted."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="searches")
    collections: "models.ManyToManyField[Any, Any]" = models.ManyToManyField(Collection, related_name="searches")
    kind = models.CharField(max_length=10, choices=QueryKind)
    file = models.FileField(upload_to=query_path, max_length=200, blank=True)
    image = models.ForeignKey(Image, on_delete=models.DO_NOTHING, null=True, blank=True, related_name="+")
    crop = ArrayField(models.FloatField(), size=4, null=True, blank=True)
    weights = models.JSONField(default=dict, blank=True)
    method = models.CharField(max_length=40, default="rocchio")
    parameters = models.JSONField(default=dict, blank=True)
    filters = models.JSONField(default=dict, blank=True)
    limit = models.PositiveSmallIntegerField(default=20)
    exclude_query = models.BooleanField(default=True)
    current_round = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-created", "-id"]
        verbose_name_plural = "searches"
        indexes = [models.Index(fields=["user", "-created", "-id"], name="search_page")]

    def __str__(self) -> str:
        return f"Search of {self.created:%Y-%m-%d %H:%M}"


class QueryFeature(models.Model):
    """The original query's vector in one feature space."""

    search = models.ForeignKey(Search, on_delete=models.CASCADE, related_name="features")
    space = models.ForeignKey(FeatureSpace, on_delete=models.CASCADE, related_name="+")
    vector = VectorField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["search", "space"], name="query_feature_once")]

    def __str__(self) -> str:
        return f"{self.search} in {self.space}"


class Round(models.Model):
    """One answer of a search; `parent` is the round it was refined or branched from."""

    search = models.ForeignKey(Search, on_delete=models.CASCADE, related_name="rounds")
    number = models.PositiveIntegerField()
    parent = models.PositiveIntegerField(null=True)
    method = models.CharField(max_length=40)
    parameters = models.JSONField(default=dict)
    weights = models.JSONField(default=dict, help_text="Extractor weights this round was ranked with.")
    total = models.PositiveIntegerField(help_text="Images that the filters left and that are indexed.")
    votes = models.PositiveIntegerField(default=0, help_text="Standing votes this round was computed from.")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["search", "number"], name="round_once")]

    def __str__(self) -> str:
        return f"Round {self.number}"


class Result(models.Model):
    """One place of a round. Goes with its image by a cascade in the database."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="results")
    rank = models.PositiveIntegerField()
    image = models.ForeignKey(Image, on_delete=models.DO_NOTHING, related_name="+")
    score = models.FloatField()
    distance = models.FloatField()
    explanation = models.JSONField()

    class Meta:
        ordering = ["rank"]
        constraints = [models.UniqueConstraint(fields=["round", "rank"], name="result_rank_once")]

    def __str__(self) -> str:
        return f"{self.rank}. {self.image_id}"


class Vote(models.Model):
    """An entry of the ledger: never changed, only followed by newer ones. Goes with its image by a database cascade."""

    search = models.ForeignKey(Search, on_delete=models.CASCADE, related_name="votes")
    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="votes_cast")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="votes")
    image = models.ForeignKey(Image, on_delete=models.DO_NOTHING, related_name="+")
    value = models.FloatField()
    rank = models.PositiveIntegerField(null=True, help_text="Place at which the image was shown in that round.")
    score = models.FloatField(null=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=models.Q(value__gte=-1, value__lte=1), name="vote_range")]
        indexes = [models.Index(fields=["search", "user", "image", "-id"], name="vote_standing")]

    def __str__(self) -> str:
        return f"{self.value:+g} on {self.image_id}"


class PublishedQuery(IdentifiedModel):
    """A trained query that the gateway answers under a key until it is withdrawn.

    `weights` and `votes` (image → value) are those that held when it was published: what the gateway answers does not
    move while its owner goes on searching, and the gateway needs no look into the ledger.
    """

    search = models.OneToOneField(Search, on_delete=models.CASCADE, related_name="published")
    key = models.CharField(max_length=40, unique=True, editable=False)
    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="+")
    weights = models.JSONField(default=dict)
    votes = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "published queries"

    def __str__(self) -> str:
        return self.key


class Evaluation(IdentifiedModel):
    """A measurement of retrieval on a collection's labels."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="evaluations")
    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="evaluation")
    parameters = models.JSONField(default=dict)
    result = models.JSONField(null=True)

    class Meta:
        ordering = ["-created", "-id"]

    def __str__(self) -> str:
        return f"Evaluation of {self.collection}"
