"""Background work on searches."""

import logging

from django.db import OperationalError
from procrastinate.contrib.django import app

from semblance.common.errors import SemblanceError
from semblance.indexing.domain.jobs import finish_job
from semblance.indexing.models import Job
from semblance.indexing.tasks import DATABASE_AWAY
from semblance.search.domain.evaluation import EVALUATE_TASK, run_evaluation

log = logging.getLogger(__name__)


@app.task(name=EVALUATE_TASK, queue="evaluate", retry=DATABASE_AWAY)
def evaluate(job: str) -> None:
    """Run an evaluation job and keep its figures."""
    row = Job.objects.select_related("collection", "evaluation").filter(pk=job).first()
    if row is None:
        return
    try:
        run_evaluation(row)
    except SemblanceError as error:
        finish_job(row, error=error.detail)
    except OperationalError:
        raise  # the database went away: the job still counts as running and is taken up again
    except Exception as error:
        log.exception("evaluation job %s failed", job)
        finish_job(row, error=f"{type(error).__name__}: {error}")
