"""Feature spaces, what each collection has of them, and jobs."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, cast
from uuid import UUID

import numpy as np
import numpy.typing as npt
from django.conf import settings
from django.db import models
from django.utils import timezone
from pgvector.django import HalfVectorField, VectorField

from semblance.common.models import IdentifiedModel
from semblance.indexing.enums import ACTIVE_STATES, JobKind, JobState, SpaceState
from semblance.library.models import Collection, Image
from semblance.retrieval.types import SpaceQuery, Statistics

if TYPE_CHECKING:
    from semblance.extractors.contract import Distance


class FeatureSpace(models.Model):
    """One extractor in one version with one set of weights: vectors of one space compare, others do not."""

    extractor = models.CharField(max_length=100)
    version = models.CharField(max_length=40)
    weights_digest = models.CharField(max_length=64, blank=True)
    dimension = models.PositiveSmallIntegerField()
    distance = models.CharField(max_length=20)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["extractor", "version", "weights_digest"], name="feature_space_once")
        ]

    def __str__(self) -> str:
        return f"{self.extractor} {self.version}"

    def query(self, vector: npt.NDArray[np.float32], collections: Mapping[UUID, Statistics]) -> SpaceQuery:
        """Ask this space of these collections for what is near a vector."""
        return SpaceQuery(self.extractor, self.pk, cast("Distance", self.distance), vector, collections)


class CollectionSpace(models.Model):
    """A feature space of a collection, with that collection's own statistics."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="spaces")
    space = models.ForeignKey(FeatureSpace, on_delete=models.CASCADE, related_name="collections")
    state = models.CharField(max_length=10, choices=SpaceState, default=SpaceState.FILLING)
    count = models.PositiveIntegerField(default=0)
    mean = VectorField(null=True)
    distance_mean = models.FloatField(default=1.0)
    distance_deviation = models.FloatField(default=1.0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["collection", "space"], name="collection_space_once")]

    def __str__(self) -> str:
        return f"{self.space} of {self.collection}"

    def statistics(self) -> Statistics:
        """Return the figures in the form the search path takes; before the first ones are known, neutral ones."""
        mean = np.zeros(self.space.dimension, np.float32) if self.mean is None else np.asarray(self.mean, np.float32)
        return Statistics(self.count, mean, self.distance_mean, self.distance_deviation)


class Feature(models.Model):
    """One image's vector in one feature space.

    The table is partitioned by space, made by the store and read and written by it alone; it is declared here so that
    Django knows of it. Rows go with their space, collection or image by cascades in the database.
    """

    pk = models.CompositePrimaryKey("space_id", "collection_id", "image_id")
    space = models.ForeignKey(FeatureSpace, on_delete=models.DO_NOTHING, related_name="+", db_index=False)
    collection = models.ForeignKey(Collection, on_delete=models.DO_NOTHING, related_name="+")
    image = models.ForeignKey(Image, on_delete=models.DO_NOTHING, related_name="+")
    vector = HalfVectorField()

    class Meta:
        db_table = "indexing_feature"

    def __str__(self) -> str:
        return f"{self.image_id} in {self.space_id}"


class Job(IdentifiedModel):
    """Long work on a collection, with progress that people and programs can follow."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="jobs")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    kind = models.CharField(max_length=10, choices=JobKind, default=JobKind.INDEX)
    state = models.CharField(max_length=10, choices=JobState, default=JobState.QUEUED)
    parameters = models.JSONField(default=dict, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    started = models.DateTimeField(null=True)
    finished = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created", "-id"]
        indexes = [models.Index(fields=["collection", "-created", "-id"], name="job_page")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.get_state_display()}"

    @property
    def active(self) -> bool:
        """Whether the job still waits or runs."""
        return self.state in ACTIVE_STATES

    @property
    def elapsed(self) -> timedelta:
        """Time since the work began."""
        if self.started is None:
            return timedelta()
        return (self.finished or timezone.now()) - self.started

    @property
    def rate(self) -> float | None:
        """Images per second so far."""
        seconds = self.elapsed.total_seconds()
        return round(self.done / seconds, 2) if self.done and seconds > 0 else None

    @property
    def eta(self) -> float | None:
        """Seconds that the rest will take at this rate."""
        if not self.active or not self.rate:
            return None
        return round(max(self.total - self.done, 0) / self.rate, 1)
