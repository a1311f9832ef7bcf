"""What every test may ask for; the database comes from an embedded server below ``var/test`` or ``SEMBLANCE_DATA``."""

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from semblance.settings import env


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of photographs and reference figures that lies beside the project; tests skip without it."""
    folder = env.shared_data_dir()
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there (SEMBLANCE_SHARED_DATA names another place)")
    return folder


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Settings) -> Path:
    """Stored files of one test, apart from every other's."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"
