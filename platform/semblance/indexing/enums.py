"""States of jobs and of feature spaces in a collection."""

from django.db import models


class SpaceState(models.TextChoices):
    """Whether a collection's vectors in a feature space are complete."""

    FILLING = "filling", "Being filled"
    SERVING = "serving", "Complete"


class JobKind(models.TextChoices):
    """What a job does."""

    INDEX = "index", "Compute features"
    EVALUATE = "evaluate", "Measure retrieval"


class JobState(models.TextChoices):
    """Where a job stands."""

    QUEUED = "queued", "Waiting for a worker"
    RUNNING = "running", "Running"
    SUCCEEDED = "succeeded", "Done"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


ACTIVE_STATES = (JobState.QUEUED, JobState.RUNNING)
