"""Wait for a job, whoever does the work."""

from datetime import timedelta

from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateWorker

HEARTBEAT = timedelta(seconds=30)
"""A worker that has not been heard of for so long is gone; living ones report every ten seconds."""


def worker_is_alive() -> bool:
    """Say whether some worker takes jobs at present."""
    return ProcrastinateWorker.objects.filter(last_heartbeat__gt=timezone.now() - HEARTBEAT).exists()
