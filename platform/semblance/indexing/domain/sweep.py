"""Images that nobody asked to index: what is left when a process dies between storing and asking."""

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from semblance.indexing.domain.jobs import request_indexing
from semblance.indexing.domain.spaces import usable_extractors
from semblance.indexing.enums import ACTIVE_STATES, JobKind, JobState
from semblance.indexing.models import Job
from semblance.library.enums import ImageState
from semblance.library.models import Collection, Image

FORGOTTEN_AFTER = timedelta(minutes=10)
PAUSE = timedelta(hours=1)
"""A collection whose job ended this short a time ago is left alone: what failed then would most likely fail again."""


def index_forgotten() -> list[Job]:
    """Have images indexed that have waited long without a job, wherever an extractor can work."""
    return [
        request_indexing(collection=collection, user=None)
        for collection in _neglected_collections()
        if usable_extractors(collection)
    ]


def _neglected_collections() -> QuerySet[Collection]:
    now = timezone.now()
    jobs = Job.objects.filter(kind=JobKind.INDEX)
    images = Image.objects.filter(
        collection=OuterRef("pk"), state=ImageState.PENDING, created__lt=now - FORGOTTEN_AFTER
    )
    called_off = jobs.filter(
        collection=OuterRef("collection"), state=JobState.CANCELLED, finished__gte=OuterRef("created")
    )
    tended = jobs.filter(collection=OuterRef("pk")).filter(Q(state__in=ACTIVE_STATES) | Q(finished__gt=now - PAUSE))
    neglected: QuerySet[Collection] = Collection.objects.filter(Exists(images.filter(~Exists(called_off))))
    return neglected.filter(~Exists(tended))
