import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.db import connection
from pytest_django.fixtures import Settings

from semblance.accounts.models import User
from semblance.indexing.models import Feature
from semblance.library.enums import ImageState, Visibility
from semblance.library.models import Collection, Image
from tests.commands.conftest import Manage
from tests.factories import make_collection, make_user, picture

LABELLED = ("--label-from-folder", "--extractors", "color-histogram", "--json")


@pytest.fixture
def admin(transactional_db: None) -> User:
    return User.objects.create_superuser("ada")


def test_folder_becomes_a_labelled_collection(manage: Manage, admin: User, folder: Path, settings: Settings) -> None:
    settings.SEMBLANCE_DEFAULT_EXTRACTORS = {"color-histogram": 0.3, "vgg16": 1.0}

    ran = manage("import_images", "mine", folder, *LABELLED)

    collection = Collection.objects.get()
    facts = (collection.slug, collection.owner, collection.visibility, collection.extractors)
    assert ran.code == 0
    assert facts == ("mine", admin, Visibility.PRIVATE, {"color-histogram": 0.3})
    assert sorted(collection.images.values_list("label", "filename")) == [
        (label, f"{number}.png") for label in ("birds", "ships") for number in range(3)
    ]
    counts = {name: ran.document[name] for name in ("made", "stored", "duplicates", "labelled", "rejected")}
    assert counts == {"made": True, "stored": 6, "duplicates": 0, "labelled": 0, "rejected": []}


def test_second_import_finds_everything_there(manage: Manage, admin: User, folder: Path) -> None:
    manage("import_images", "mine", folder, *LABELLED)
    before = sorted(Image.objects.values_list("pk", "original"))

    again = manage("import_images", "mine", folder, *LABELLED)

    assert again.code == 0
    assert (again.document["made"], again.document["stored"], again.document["duplicates"]) == (False, 0, 6)
    assert sorted(Image.objects.values_list("pk", "original")) == before


def test_second_import_labels_what_was_bare(manage: Manage, admin: User, folder: Path) -> None:
    manage("import_images", "mine", folder, "--recursive", "--extractors", "color-histogram")
    Image.objects.filter(filename="0.png").update(label="kept")

    ran = manage("import_images", "mine", folder, *LABELLED)

    assert ran.document["labelled"] == 4
    assert sorted(Image.objects.values_list("label", flat=True)) == ["birds"] * 2 + ["kept"] * 2 + ["ships"] * 2


def test_waiting_without_a_worker_indexes_here_and_says_so(manage: Manage, admin: User, folder: Path) -> None:
    ran = manage("import_images", "mine", folder, "--wait", *LABELLED)

    assert ran.code == 0
    assert "No worker is running: the work is done here." in ran.err
    assert ran.document["job"]["state"] == "succeeded"
    assert set(Image.objects.values_list("state", flat=True)) == {ImageState.INDEXED}
    assert Feature.objects.count() == 6


def test_not_waiting_without_a_worker_says_what_to_do(manage: Manage, admin: User, folder: Path) -> None:
    ran = manage("import_images", "mine", folder, *LABELLED)

    assert "run “manage.py reindex mine --wait”" in ran.err
    assert ran.document["job"]["state"] == "queued"
    assert Feature.objects.count() == 0


def test_living_worker_gets_the_work(manage: Manage, admin: User, folder: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")

    ran = manage("import_images", "mine", folder, *LABELLED)

    assert "A worker takes it from here." in ran.err


def test_each_rejected_file_is_named_with_its_reason(manage: Manage, admin: User, folder: Path) -> None:
    (folder / "birds" / "notes.txt").write_text("hello")
    (folder / "birds" / "empty.jpg").touch()
    (folder / "birds" / "half.png").write_bytes(picture(1)[:100])
    (folder / "birds" / "film.mp4").write_bytes(b"\0\0\0\x18ftypmp42" + bytes(200))
    (folder / "birds" / "scan.dcm").write_bytes(bytes(128) + b"DICM" + bytes(100))

    ran = manage("import_images", "mine", folder, *LABELLED)

    assert ran.code == 0
    assert ran.document["stored"] == 6
    assert {Path(row["file"]).name: row["code"] for row in ran.document["rejected"]} == {
        "notes.txt": "unsupported-format",
        "empty.jpg": "empty",
        "half.png": "broken",
        "film.mp4": "unsupported-video",
        "scan.dcm": "unsupported-dicom",
    }
    assert ran.err.count("Rejected ") == 5


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["mine", "/nowhere"], "Error: There is nothing at /nowhere: check the spelling.\n"),
        (["mine", "PATH", "--owner", "eve"], "Error: Nobody here is called “eve”; check the spelling.\n"),
        (
            ["mine", "PATH", "--extractors", "x"],
            "Error: No extractor is called x; installed are color-histogram, mobilenet-v2, vgg16.\n",
        ),
        (
            ["mine", "PATH/empty"],
            "Error: There are no files in PATH/empty; --recursive looks into inner folders too.\n",
        ),
        (["mine"], "Error: the following arguments are required: path\n"),
        (
            ["0e4b0f4e-0000-4000-8000-000000000000", "PATH"],
            "Error: There is no collection with the id 0e4b0f4e-0000-4000-8000-000000000000.\n",
        ),
    ],
)
def test_mistake_is_one_line_and_leaves_nothing(
    manage: Manage, admin: User, folder: Path, words: list[str], message: str
) -> None:
    (folder / "empty").mkdir()

    ran = manage("import_images", *(word.replace("PATH", str(folder)) for word in words))

    errors = [line for line in ran.err.splitlines(keepends=True) if not line.startswith("Importing")]
    assert (ran.code, ran.out, errors) == (2, "", [message.replace("PATH", str(folder))])
    assert not Collection.objects.exists()


def test_import_of_rubbish_alone_fails_and_leaves_no_collection(manage: Manage, admin: User, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")

    ran = manage("import_images", "mine", tmp_path / "notes.txt")

    assert ran.code == 2
    assert "Error: Nothing was imported: " in ran.err
    assert not Collection.objects.exists()


def test_owner_is_the_demo_user_where_there_is_no_single_admin(manage: Manage, admin: User, folder: Path) -> None:
    User.objects.create_superuser("bob")
    demo = make_user(username="demo")

    manage("import_images", "mine", folder, *LABELLED)

    assert Collection.objects.get().owner == demo


def test_owner_must_be_named_where_nobody_is_likely(manage: Manage, admin: User, folder: Path) -> None:
    User.objects.create_superuser("bob")

    ran = manage("import_images", "mine", folder, *LABELLED)

    assert (ran.code, ran.err) == (
        2,
        "Error: There are several administrators: say with --owner whose collection this is.\n",
    )


def test_address_that_two_people_use_means_the_named_owner(manage: Manage, admin: User, folder: Path) -> None:
    mine, theirs = (make_collection(owner, name="birds") for owner in (admin, make_user(username="bob")))

    manage("import_images", "birds", folder, *LABELLED)
    manage("import_images", "birds", folder / "ships", "--owner", "bob", "--json")
    manage("import_images", "bob/birds", folder / "birds", "--json")

    assert (mine.images.count(), theirs.images.count()) == (6, 6)


def test_extractors_of_a_collection_change_and_keep_their_weights(manage: Manage, admin: User, folder: Path) -> None:
    collection = make_collection(admin, name="birds", extractors={"color-histogram": 0.5})

    manage("import_images", "birds", folder, "--recursive", "--extractors", "color-histogram,vgg16")

    collection.refresh_from_db()
    assert collection.extractors == {"color-histogram": 0.5, "vgg16": 1.0}


def test_archive_is_imported_without_being_unpacked(manage: Manage, admin: User, folder: Path, tmp_path: Path) -> None:
    archive = tmp_path / "all.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.write(folder / "birds" / "0.png", "../../escaped/birds/0.png")
        file.write(folder / "ships" / "0.png", "/absolute/ships/0.png")

    ran = manage("import_images", "mine", archive, *LABELLED)

    assert ran.document["stored"] == 2
    assert sorted(Image.objects.values_list("label", "filename")) == [("birds", "0.png"), ("ships", "0.png")]
    assert not list(tmp_path.rglob("escaped"))


def test_killed_import_leaves_whole_images_and_goes_on(
    manage: Manage, admin: User, tmp_path: Path, media: Path
) -> None:
    pictures = tmp_path / "many"
    pictures.mkdir()
    for seed in range(300):
        (pictures / f"{seed}.png").write_bytes(picture(seed))
    process = subprocess.Popen(
        [sys.executable, "-c", _RUN, str(media), "import_images", "mine", str(pictures)],
        env={**os.environ, "DATABASE_URL": _database_url(), "DJANGO_SETTINGS_MODULE": "semblance.settings.test"},
        cwd=configured.BASE_DIR,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until = time.monotonic() + 60
    while Image.objects.count() < 20 and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    at_the_kill = Image.objects.count()

    ran = manage("import_images", "mine", pictures, "--json")

    assert 20 <= at_the_kill < 300
    assert (ran.document["stored"], ran.document["duplicates"]) == (300 - at_the_kill, at_the_kill)
    for image in Image.objects.all():
        assert image.original.size == image.size
        assert image.thumbnail.size > 0


_RUN = """
import sys, pathlib, django
django.setup()
from django.conf import settings
settings.MEDIA_ROOT = pathlib.Path(sys.argv.pop(1))
from semblance.cli import main
main()
"""


def _database_url() -> str:
    parameters = connection.get_connection_params()
    return (
        f"postgresql://{parameters['user']}@/{parameters['dbname']}?host={parameters['host']}&port={parameters['port']}"
    )
