from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from pytest_django.fixtures import Settings

from semblance.indexing.models import FeatureSpace
from tests.commands.conftest import Manage


@pytest.fixture(autouse=True)
def no_weights(tmp_path: Path, settings: Settings) -> None:
    settings.SEMBLANCE_WEIGHTS_DIR = tmp_path / "weights"


def test_list_shows_what_is_installed_and_why_it_cannot_work(manage: Manage) -> None:
    ran = manage("extractors", "list", "--json")

    rows = {row["name"]: row for row in ran.document}
    assert ran.code == 0
    assert list(rows) == ["color-histogram", "mobilenet-v2", "vgg16"]
    assert rows["color-histogram"]["available"]
    assert (rows["color-histogram"]["dimension"], rows["color-histogram"]["distance"]) == (128, "cosine")
    assert not rows["vgg16"]["available"]
    assert "weights import vgg16 FILE" in rows["vgg16"]["reason"]


def test_check_of_sound_extractors_succeeds(manage: Manage) -> None:
    ran = manage("extractors", "check")

    lines = ran.out.splitlines()
    assert ran.code == 0
    assert lines[0] == "color-histogram: sound"
    assert lines[1].startswith("mobilenet-v2: declaration sound, not tried: ")


def test_check_names_an_extractor_that_changed_without_a_new_version(manage: Manage) -> None:
    version = _version()
    FeatureSpace.objects.create(extractor="color-histogram", version=version, dimension=64, distance="cosine")

    ran = manage("extractors", "check", "--json")

    assert ran.code == 2
    assert [problem["code"] for problem in ran.document["problems"]] == ["version-not-raised"]
    assert ran.err == "Error: 1 problem found in installed extractors.\n"


@pytest.mark.django_db
def test_start_up_check_refuses_a_version_that_was_not_raised() -> None:
    FeatureSpace.objects.create(extractor="color-histogram", version=_version(), dimension=128, distance="euclidean")

    with pytest.raises(
        SystemCheckError, match=r"color-histogram: Version .+ gave 128-d vectors for euclidean distance"
    ):
        call_command("check")


@pytest.mark.django_db
def test_start_up_check_accepts_other_versions_and_weights() -> None:
    FeatureSpace.objects.create(extractor="color-histogram", version="0", dimension=3, distance="euclidean")
    FeatureSpace.objects.create(
        extractor="color-histogram", version=_version(), weights_digest="a" * 64, dimension=3, distance="euclidean"
    )

    call_command("check")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["list", "x"], "No extractor is called x; installed are color-histogram, mobilenet-v2, vgg16."),
        ([], "the following arguments are required: action, name"),
        (["delete"], "argument action: invalid choice: 'delete' (choose from 'list', 'check')"),
    ],
)
def test_mistake_is_one_line(manage: Manage, words: list[str], message: str) -> None:
    ran = manage("extractors", *words)

    assert (ran.code, ran.out, ran.err) == (2, "", f"Error: {message}\n")


def _version() -> str:
    from semblance.extractors import registry

    return registry.installed()["color-histogram"].version
