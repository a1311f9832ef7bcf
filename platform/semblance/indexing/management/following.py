"""Commands that wait for a job: a worker does it, or the command itself where there is none."""

import sys
import threading
import time
from collections.abc import Callable

from django.core.management import CommandError
from django.db import connection

from semblance.common.commands import Advance, Command
from semblance.extractors import registry
from semblance.extractors.contract import Availability
from semblance.indexing.domain.extraction import loaded_extractor
from semblance.indexing.domain.running import is_claimed
from semblance.indexing.domain.waiting import worker_is_alive
from semblance.indexing.enums import JobState
from semblance.indexing.models import Job
from semblance.library.models import Collection

Work = Callable[[str], None]
"""A task that takes the id of a job."""
POLL_SECONDS = 0.3
NO_WORKER = "No worker is running: the work is done here."
BUSY = "The worker is busy with other jobs; this one waits its turn."
PATIENCE = 5.0
NOT_INSTALLED = Availability(available=False, reason="It is not installed.")


class FollowingCommand(Command):
    """Base of commands that start a job."""

    def follow(self, job: Job, work: Work, label: str) -> Job:
        """Show a job's progress until it is over; CommandError where it did not succeed.

        The work is done here as long as no worker is alive. Its entry in the queue stays: whoever takes it later finds
        the job over, or takes it up where this process was killed.
        """
        self._own: threading.Thread | None = None
        patience = time.monotonic() + PATIENCE
        while job.active and not (job.state == JobState.RUNNING and job.total):
            self._await_news(job, work)
            if patience and time.monotonic() > patience and job.state == JobState.QUEUED:
                self.note(BUSY)
                patience = 0.0
        with self.progress(label, job.total) as advance:
            shown = 0
            while job.active:
                self._await_news(job, work)
                shown = _advanced(advance, shown, job.done)
            _advanced(advance, shown, job.done)
        return self._succeeded(job)

    def _await_news(self, job: Job, work: Work) -> None:
        if self._own is None and not worker_is_alive() and not is_claimed(job.pk):
            self.note(NO_WORKER)
            self._own = _started(job, work)
        if self._own is None:
            time.sleep(POLL_SECONDS)
        else:
            self._own.join(POLL_SECONDS)
        given_up = self._own is not None and not self._own.is_alive()
        if given_up and is_claimed(job.pk):  # somebody was quicker: watch them, and take over should they be gone
            self._own, given_up = None, False
        job.refresh_from_db()
        if given_up and job.active:
            raise CommandError("The work broke off, see above; it goes on when the same command is run again.")

    def leave(self, job: Job, command: str) -> None:
        """Say who will do a job that nobody waits for."""
        if worker_is_alive():
            self.note("A worker takes it from here.")
        else:
            self.note(f"No worker is running: start “manage.py serve”, or run “manage.py {command} --wait”.")

    def warn(self, collection: Collection) -> None:
        """Say which of a collection's extractors have nothing to work with here."""
        for name in collection.extractors:
            status = loaded_extractor(name).availability() if name in registry.installed() else NOT_INSTALLED
            if not status.available:
                self.note(f"{name} is left out for now: {status.reason}")

    def note(self, line: str) -> None:
        """Tell people something that is no part of the answer; above the bar, where there is one."""
        sys.stderr.write(f"{line}\n")

    def _succeeded(self, job: Job) -> Job:
        if job.state == JobState.SUCCEEDED:
            return job
        reason = job.error or ("it was cancelled" if job.state == JobState.CANCELLED else "no reason was kept")
        raise CommandError(f"{job.get_kind_display()}: {job.get_state_display().lower()}: {reason}")


def _started(job: Job, work: Work) -> threading.Thread:
    def run() -> None:
        try:
            work(str(job.pk))
        finally:
            connection.close()

    thread = threading.Thread(target=run, name=f"job-{job.pk}", daemon=True)
    thread.start()
    return thread


def _advanced(advance: Advance, shown: int, done: int) -> int:
    if done > shown:
        advance(done - shown)
    return max(shown, done)
