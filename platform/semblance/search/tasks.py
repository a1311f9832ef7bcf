"""Background work on searches."""

from procrastinate.contrib.django import app

from semblance.indexing.domain.running import carry_out
from semblance.indexing.tasks import DATABASE_AWAY, close_at_last_attempt
from semblance.library.domain.orphans import remove_orphans
from semblance.search.domain.evaluation import EVALUATE_TASK, run_evaluation
from semblance.search.queries import picture_files


@app.task(name=EVALUATE_TASK, queue="evaluate", retry=DATABASE_AWAY, task_middleware=[close_at_last_attempt])
def evaluate(job: str) -> None:
    """Run an evaluation job and keep its figures."""
    carry_out(job, run_evaluation)


@app.periodic(cron="43 4 * * *")
@app.task(name="search.remove_orphaned_pictures", queue="files", queueing_lock="remove_orphaned_pictures")
def remove_orphaned_pictures(timestamp: int) -> None:
    """Remove what killed searches left in storage."""
    remove_orphans(folder="queries", named=picture_files)
