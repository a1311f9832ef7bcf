"""When a job worker counts as there."""

from datetime import timedelta

HEARD_WITHIN = timedelta(seconds=30)
"""A worker that was not heard of for so long is gone. The settings make workers send a heartbeat every 3 seconds; its
jobs are taken up sooner, but nobody shall be told that it is gone because the machine was busy."""
