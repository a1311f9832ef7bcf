"""Housekeeping of the job queue itself."""

from procrastinate import JobContext
from procrastinate.contrib.django import app

STALLED_AFTER = 10.0
"""Seconds without a heartbeat after which a worker counts as dead; the settings make workers send one every 3."""
FINISHED_JOBS_KEPT = 24 * 7
"""Hours."""


@app.periodic(cron="* * * * * */10")
@app.task(
    name="common.take_up_stalled_jobs", queue="housekeeping", queueing_lock="take_up_stalled_jobs", pass_context=True
)
async def take_up_stalled_jobs(context: JobContext, timestamp: int) -> None:
    """Give the jobs of dead workers to living ones."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER):
        await manager.retry_job(job)


@app.periodic(cron="17 3 * * *")
@app.task(
    name="common.forget_finished_jobs", queue="housekeeping", queueing_lock="forget_finished_jobs", pass_context=True
)
async def forget_finished_jobs(context: JobContext, timestamp: int) -> None:
    """Drop queue entries that ended long ago; what people see of jobs is kept elsewhere."""
    await context.app.job_manager.delete_old_jobs(nb_hours=FINISHED_JOBS_KEPT)
