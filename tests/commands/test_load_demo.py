from pathlib import Path

import pytest

from fixtures import demo, photographs
from semblance.common.images import decode
from semblance.library.enums import Visibility
from semblance.library.models import Collection, Image
from semblance.settings.env import PROJECT_DIR
from tests.commands.conftest import Manage
from tests.factories import make_user


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two pictures of each kind are enough."""
    monkeypatch.setattr(demo, "VARIATIONS", 2)
    monkeypatch.setattr(demo, "PATTERNS_EACH", 2)


@pytest.mark.usefixtures("few")
def test_demo_is_public_labelled_credited_and_searchable(manage: Manage) -> None:
    owner = make_user(username="demo")

    ran = manage("load_demo", "--wait", "--json")

    collection = Collection.objects.with_counts().get()
    assert ran.code == 0
    assert (collection.owner, collection.slug, collection.visibility) == (owner, "demo", Visibility.PUBLIC)
    assert collection.indexed_count == collection.images_count == ran.document["stored"] >= 16
    assert not Image.objects.filter(label="").exists()
    assert all({"license", "credit"} <= set(facts) for facts in Image.objects.values_list("metadata", flat=True))


@pytest.mark.usefixtures("few")
def test_second_load_adds_what_is_missing_and_nothing_twice(manage: Manage) -> None:
    make_user(username="demo")
    manage("load_demo")
    before = set(Image.objects.values_list("pk", flat=True))
    Image.objects.filter(filename="stripes-01.jpg").delete()

    ran = manage("load_demo", "--json")

    assert ran.document["stored"] == 1
    assert Image.objects.count() == len(before)


def test_nobody_to_own_the_demo_is_one_line(manage: Manage) -> None:
    ran = manage("load_demo")

    assert (ran.code, ran.err) == (2, "Error: Nobody here is called “demo”; check the spelling.\n")


def test_pictures_are_the_same_at_every_call_and_differ_from_each_other() -> None:
    first = {picture.filename: picture for picture in demo.pictures()}
    chosen = [first[name] for name in ("stripes-00.jpg", "stripes-01.jpg", "clouds-03.jpg")]

    files = [picture.make() for picture in chosen]

    assert files == [picture.make() for picture in chosen]
    assert len(set(files)) == 3
    assert {decode(file).pixels.shape for file in files} == {(240, 320, 3)}


def test_pictures_come_mixed() -> None:
    made = demo.pictures()
    kinds = len({picture.label for picture in made})

    shown_first = {picture.label for picture in made[-60:]}

    assert len(shown_first) > kinds * 0.7
    assert [picture.filename for picture in made] == [picture.filename for picture in demo.pictures()]


def test_every_photograph_is_documented_with_its_license() -> None:
    text = Path(PROJECT_DIR, "docs", "demo.md").read_text(encoding="utf-8")

    missing = [p.file for p in photographs.PHOTOGRAPHS if f"`{Path(p.file).name}`" not in text or p.license not in text]

    assert missing == []
