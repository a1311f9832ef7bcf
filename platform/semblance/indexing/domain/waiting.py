"""Wait for a job, whoever does the work."""

from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateWorker

from semblance.common.workers import HEARD_WITHIN


def worker_is_alive() -> bool:
    """Say whether some worker takes jobs at present."""
    return ProcrastinateWorker.objects.filter(last_heartbeat__gt=timezone.now() - HEARD_WITHIN).exists()
