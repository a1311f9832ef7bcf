"""Data folders with a database of their own."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from semblance.common import embedded
from tests.common.clusters import own, stop_whatever_runs


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder; not in pytest's own, which any other pytest closes to the database server's account."""
    with tempfile.TemporaryDirectory(prefix="semblance-test-") as path:
        yield Path(path)
        stop_whatever_runs(Path(path))


@pytest.fixture(scope="session")
def pristine() -> Iterator[Path]:
    """A data folder made once, stopped cleanly, to copy."""
    with tempfile.TemporaryDirectory(prefix="semblance-test-") as path:
        server = embedded.EmbeddedPostgres(Path(path), durable=False)
        server.acquire()
        server.release()
        yield Path(path)


@pytest.fixture
def data(folder: Path, pristine: Path) -> Iterator[Path]:
    """A data folder whose server was stopped cleanly."""
    data = folder / "data"
    shutil.copytree(pristine, data)
    own(data / "postgres", like=pristine / "postgres")
    yield data
    stop_whatever_runs(data)


@pytest.fixture
def server(data: Path) -> Iterator[embedded.EmbeddedPostgres]:
    server = embedded.EmbeddedPostgres(data)
    yield server
    server.release()
