"""Two connections at the same time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import monotonic, sleep
from typing import TypeVar

from django.db import connection, transaction

PATIENCE = 5
T = TypeVar("T")


def while_uncommitted(first: Callable[[], object], second: Callable[[], T]) -> T:
    """Do `first` on another connection, then `second` here; `first` commits once `second` waits for it."""
    begun = Event()

    def work() -> None:
        try:
            with transaction.atomic():
                first()
                begun.set()
                _wait_until_somebody_waits()
        finally:
            begun.set()
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(work)
        begun.wait()
        try:
            return second()
        finally:
            working.result()


def _wait_until_somebody_waits() -> None:
    until = monotonic() + PATIENCE
    with connection.cursor() as cursor:
        while monotonic() < until:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
            sleep(0.05)
