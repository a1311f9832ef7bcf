from importlib.util import find_spec
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from tests.commands.conftest import Manage
from tests.factories import make_collection, make_user


@pytest.fixture(autouse=True)
def weights(tmp_path: Path, settings: Settings) -> Path:
    settings.SEMBLANCE_WEIGHTS_DIR = tmp_path / "weights"
    return tmp_path / "weights"


def test_status_says_what_is_missing_and_how_to_get_it(manage: Manage) -> None:
    ran = manage("weights", "status", "--json")

    assert ran.code == 0
    assert [(row["extractor"], row["available"], row["sha256"]) for row in ran.document] == [
        ("mobilenet-v2", False, ""),
        ("vgg16", False, ""),
    ]
    assert all("weights fetch" in row["reason"] for row in ran.document)


@pytest.mark.skipif(find_spec("torch") is None, reason="PyTorch is not installed (pip install 'semblance[deep]')")
def test_import_makes_the_extractor_work_and_names_waiting_collections(manage: Manage, shared_data: Path) -> None:
    owner = make_user(username="ada")
    make_collection(owner, name="deep", extractors={"mobilenet-v2": 1.0})
    make_collection(owner, name="plain")

    ran = manage(
        "weights", "import", "mobilenet-v2", shared_data / "weights" / "mobilenet_v2_features_tv.pth", "--json"
    )

    assert ran.code == 0
    assert len(ran.document["sha256"]) == 64
    assert [(row["owner"], row["slug"]) for row in ran.document["collections"]] == [("ada", "deep")]
    [status, _] = manage("weights", "status", "--json").document
    assert (status["available"], status["sha256"]) == (True, ran.document["sha256"])


@pytest.mark.skipif(find_spec("torch") is None, reason="PyTorch is not installed (pip install 'semblance[deep]')")
def test_file_that_does_not_fit_is_refused(manage: Manage, tmp_path: Path, weights: Path) -> None:
    (tmp_path / "some.pth").write_bytes(b"no weights")

    ran = manage("weights", "import", "mobilenet-v2", tmp_path / "some.pth")

    assert ran.code == 2
    assert ran.err.startswith("Error: ")
    assert ran.err.count("\n") == 1
    assert not list(weights.rglob("*.pth"))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "the following arguments are required: {status,fetch,import}"),
        (["import", "mobilenet-v2"], "the following arguments are required: file"),
        (["import", "mobilenet-v2", "/nowhere.pth"], "There is no file /nowhere.pth."),
        (["fetch", "color-histogram"], "color-histogram needs no weights; those that do are mobilenet-v2, vgg16."),
        (["fetch", "x"], "No extractor is called x; those with weights are mobilenet-v2, vgg16."),
    ],
)
def test_mistake_is_one_line(manage: Manage, words: list[str], message: str) -> None:
    ran = manage("weights", *words)

    assert (ran.code, ran.out, ran.err) == (2, "", f"Error: {message}\n")
