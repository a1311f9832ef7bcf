import io
import os
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from semblance.common.context import decode_limits
from semblance.common.errors import ImageRejected, InvalidInput, NotFound
from semblance.library.domain import import_sources
from semblance.library.domain.import_sources import Candidate, candidates, check_paths, count_candidates
from semblance.library.domain.importing import DUPLICATES, REJECTED, STORED, import_images
from semblance.library.domain.lookup import find_collection, matching_collections
from semblance.library.models import Image
from tests.factories import make_collection, make_user, picture


def names(*paths: Path, recursive: bool = True) -> list[str]:
    return [Path(found.name).name for found in candidates(paths, recursive=recursive, labelled=False)]


def refusal(candidate: Candidate) -> str:
    with pytest.raises(ImageRejected) as error:
        candidate.read()
    return error.value.code


def zipped(path: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


def tarred(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for info, data in members:
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def test_folder_is_read_in_order_without_hidden_files(tmp_path: Path) -> None:
    for name in ("b.jpg", "a.jpg", ".hidden.jpg", "Thumbs.db", "inner/c.jpg", ".git/d.jpg", "__MACOSX/e.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")

    assert names(tmp_path) == ["a.jpg", "b.jpg", "c.jpg"]
    assert names(tmp_path, recursive=False) == ["a.jpg", "b.jpg"]
    assert names(tmp_path / ".hidden.jpg") == [".hidden.jpg"]
    assert count_candidates([tmp_path], recursive=True) == 3


def test_label_is_the_folder_a_file_lies_in(tmp_path: Path) -> None:
    (tmp_path / "birds" / "owls").mkdir(parents=True)
    (tmp_path / "birds" / "a.jpg").write_bytes(b"x")
    (tmp_path / "birds" / "owls" / "b.jpg").write_bytes(b"x")
    archive = zipped(tmp_path / "c.zip", {"ships/c.jpg": b"x", "d.jpg": b"x"})

    found = candidates([tmp_path / "birds", archive], recursive=True, labelled=True)

    assert [candidate.label for candidate in found] == ["birds", "owls", "ships", ""]


def test_only_regular_files_are_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")

    [pipe] = candidates([tmp_path], recursive=True, labelled=False)

    assert refusal(pipe) == "not-a-file"


def test_file_is_read_no_further_than_its_refusal_needs(tmp_path: Path) -> None:
    with (tmp_path / "huge.jpg").open("wb") as file:
        file.truncate(decode_limits().max_bytes * 20)

    [huge] = candidates([tmp_path], recursive=True, labelled=False)

    assert len(huge.read()) == decode_limits().max_bytes + 1


def test_unreadable_archive_becomes_one_refused_candidate(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 no archive")
    (tmp_path / "b.tar").write_bytes(b"no archive")

    found = list(candidates([tmp_path], recursive=True, labelled=False))

    assert [(Path(candidate.name).name, refusal(candidate)) for candidate in found] == [
        ("a.zip", "broken-archive"),
        ("b.tar", "broken-archive"),
    ]
    assert count_candidates([tmp_path], recursive=True) is None


def test_truncated_archive_gives_what_can_be_read(tmp_path: Path) -> None:
    whole = tarred(tmp_path / "a.tgz", *((tarfile.TarInfo(f"{n}.jpg"), os.urandom(20_000)) for n in range(5)))
    whole.write_bytes(whole.read_bytes()[:50_000])

    found = list(candidates([whole], recursive=True, labelled=False))

    assert [len(candidate.read()) for candidate in found[:-1]] == [20_000] * 2
    assert refusal(found[-1]) == "broken-archive"


def test_links_and_archives_inside_archives_are_refused(tmp_path: Path) -> None:
    link, pipe = tarfile.TarInfo("link.jpg"), tarfile.TarInfo("pipe.jpg")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    pipe.type = tarfile.FIFOTYPE
    archive = tarred(tmp_path / "a.tgz", (link, b""), (pipe, b""), (tarfile.TarInfo("inner.zip"), b"PK"))

    found = list(candidates([archive], recursive=True, labelled=False))

    assert [refusal(candidate) for candidate in found] == ["not-a-file", "not-a-file", "nested-archive"]


def test_encrypted_and_damaged_entries_are_refused_and_the_others_read(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", {"a.jpg": b"a" * 1000, "b.jpg": b"b" * 1000, "c.jpg": b"c"})
    data = bytearray(archive.read_bytes())
    directory = data.index(b"PK\x01\x02")
    data[directory + 8] |= 1  # the flag of encryption, for a.jpg
    second = data.index(b"PK\x03\x04", 1)
    data[second + 38] ^= 0xFF  # the first compressed byte of b.jpg
    archive.write_bytes(data)

    found = list(candidates([archive], recursive=True, labelled=False))

    assert [refusal(found[0]), refusal(found[1])] == ["encrypted", "broken"]
    assert found[2].read() == b"c"


def test_archive_with_too_many_entries_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_sources, "ARCHIVE_ENTRIES", 3)
    archive = zipped(tmp_path / "a.zip", {f"{n}.jpg": b"x" for n in range(6)})

    found = list(candidates([archive], recursive=True, labelled=False))

    assert len(found) == 4
    assert refusal(found[-1]) == "archive-too-large"


def test_archive_with_too_many_bytes_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_sources, "ARCHIVE_BYTES", 250_000)
    archive = zipped(tmp_path / "a.zip", {f"{n}.jpg": bytes(100_000) for n in range(6)})

    found = list(candidates([archive], recursive=True, labelled=False))

    assert archive.stat().st_size < 2_000
    assert len(found) == 3
    assert refusal(found[-1]) == "archive-too-large"


def test_paths_that_lead_nowhere_are_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="There is nothing at /nowhere: check the spelling"):
        check_paths([tmp_path, Path("/nowhere")])


@pytest.mark.django_db(transaction=True)
def test_outcomes_come_in_order_with_duplicates_and_rejections() -> None:
    collection = make_collection()
    files = [picture(1), picture(2), picture(1), b"rubbish"]

    found = import_images(
        collection=collection,
        user=collection.owner,
        candidates=[Candidate(f"{n}.png", "", lambda data=data: data) for n, data in enumerate(files)],  # type: ignore[misc]
        workers=1,
    )

    assert [(o.name, o.kind, o.code) for o in found] == [
        ("0.png", STORED, ""),
        ("1.png", STORED, ""),
        ("2.png", DUPLICATES, ""),
        ("3.png", REJECTED, "unsupported-format"),
    ]
    assert set(Image.objects.values_list("uploaded_by", flat=True)) == {collection.owner.pk}


@pytest.mark.django_db(transaction=True)
def test_same_content_several_times_at_once_is_stored_once() -> None:
    collection = make_collection()
    data = picture(7)

    found = import_images(
        collection=collection, user=None, candidates=[Candidate("a.png", "", lambda: data)] * 12, workers=4
    )

    assert sorted(outcome.kind for outcome in found) == [DUPLICATES] * 11 + [STORED]
    assert Image.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_import_reads_no_further_ahead_than_its_workers_need() -> None:
    collection = make_collection()
    asked: list[int] = []

    def endless() -> Iterator[Candidate]:
        for number in range(1000):
            asked.append(number)
            yield Candidate(f"{number}.png", "", lambda number=number: picture(number))  # type: ignore[misc]

    outcomes = import_images(collection=collection, user=None, candidates=endless(), workers=2)
    for _ in range(3):
        next(outcomes)
    outcomes.close()

    assert len(asked) == 6
    assert 3 <= Image.objects.count() <= 6
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("import")]


@pytest.mark.django_db(transaction=True)
def test_failure_of_the_storage_ends_the_import(media: Path) -> None:
    collection = make_collection()
    media.parent.mkdir(exist_ok=True)
    media.write_text("a file where a folder should be")

    with pytest.raises(OSError, match="media"):
        list(import_images(collection=collection, user=None, candidates=[Candidate("a.png", "", lambda: picture(1))]))

    assert not Image.objects.exists()


@pytest.mark.django_db
def test_collection_is_found_by_id_address_owner_and_name() -> None:
    ada, bob = make_user(username="ada"), make_user(username="bob")
    mine, _ = make_collection(ada, name="Old Birds"), make_collection(bob, name="Old Birds")

    for reference in (str(mine.pk), "ada/old-birds", "ada/Old Birds"):
        assert find_collection(reference=reference) == mine
    assert find_collection(reference="old-birds", owner=ada) == mine
    assert len(matching_collections(reference="Old Birds")) == 2


@pytest.mark.django_db
def test_unknown_collection_names_those_there_are() -> None:
    make_collection(name="birds")

    with pytest.raises(NotFound, match="There is no collection “fish”; there are: birds"):
        find_collection(reference="fish")
