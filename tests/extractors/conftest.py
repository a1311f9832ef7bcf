"""A place for distributions that exist for one test."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from semblance.extractors import registry


@pytest.fixture
def plugins_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Folder at the head of the import path; the registry forgets what was in it afterwards."""
    folder = tmp_path / "installed"
    folder.mkdir()
    modules = set(sys.modules)
    monkeypatch.syspath_prepend(folder)
    registry.reload()
    yield folder
    for name in set(sys.modules) - modules:
        if Path(getattr(sys.modules[name], "__file__", None) or "/").is_relative_to(folder):
            del sys.modules[name]
    monkeypatch.undo()
    registry.reload()
