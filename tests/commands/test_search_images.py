from pathlib import Path

import pytest

from semblance.library.models import Collection, Image
from tests.commands.conftest import Manage
from tests.factories import make_user


@pytest.fixture
def mine(manage: Manage, folder: Path) -> Collection:
    make_user(username="demo")
    words = ("--label-from-folder", "--extractors", "color-histogram", "--wait")
    assert manage("import_images", "mine", folder, *words).code == 0
    return Collection.objects.get()


def test_image_of_the_collection_finds_its_like_and_not_itself(manage: Manage, mine: Collection) -> None:
    query = Image.objects.filter(label="birds").first()
    assert query is not None

    ran = manage("search_images", "mine", "--id", query.pk, "--json")

    results = ran.document["results"]
    assert ran.code == 0
    assert [result["rank"] for result in results] == [1, 2, 3, 4, 5]
    assert [result["image"]["label"] for result in results] == ["birds"] * 2 + ["ships"] * 3
    assert str(query.pk) not in {result["image"]["id"] for result in results}
    explanation = results[0]["explanation"]["color-histogram"]
    assert explanation["contribution"] == pytest.approx(results[0]["score"])


def test_file_finds_itself_first_within_the_limit(manage: Manage, mine: Collection, folder: Path) -> None:
    ran = manage("search_images", mine.pk, "--image", folder / "ships" / "1.png", "--limit", 2)

    lines = ran.out.splitlines()
    assert ran.code == 0
    assert len(lines) == 2
    assert lines[0].split()[:4] == ["1.", lines[0].split()[1], "1.png", "[ships]"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["mine"], "one of the arguments --image --id is required"),
        (["mine", "--id", "3"], "argument --id: invalid UUID value: '3'"),
        (["mine", "--image", "/nowhere.png"], "/nowhere.png cannot be read: No such file or directory."),
        (["none", "--image", "PNG"], "There is no collection “none”; there are: mine."),
        (["mine", "--image", "PNG", "--limit", "0"], "A limit is 1 to 1000."),
        (
            ["mine", "--image", "PNG", "--weights", "a"],
            "argument --weights: “a” is not a weight such as color-histogram=0.5",
        ),
        (
            ["mine", "--image", "PNG", "--weights", "vgg16=1"],
            "“mine” is not searched by vgg16; it is by color-histogram.",
        ),
        (
            ["mine", "--image", "PYTHON"],
            "The content is not a JPEG, PNG, WebP, GIF, BMP or TIFF image: convert it to one of these.",
        ),
    ],
)
def test_mistake_is_one_line(manage: Manage, mine: Collection, folder: Path, words: list[str], message: str) -> None:
    files = {"PNG": str(folder / "ships" / "1.png"), "PYTHON": __file__}

    ran = manage("search_images", *(files.get(word, word) for word in words))

    assert (ran.code, ran.out, ran.err) == (2, "", f"Error: {message}\n")
