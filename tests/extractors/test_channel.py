"""The client's side of extraction: in place, and what goes over the wire."""

import io
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from semblance.extractors import registry
from semblance.extractors.channel import ExtractionFailed, extract_one, pack, unpack_pixels
from semblance.extractors.contract import ExtractorContext, ExtractorUnavailable
from tests.extractors.distributions import add_distribution, mean_module

CONTEXT = ExtractorContext(weights_dir=Path("missing"))
PICTURE = np.random.default_rng(5).integers(0, 256, (20, 30, 3), dtype=np.uint8)


def install(folder: Path, changes: dict[str, str] | None = None, *, heavy: bool = False) -> None:
    source = mean_module("mean", changes, heavy=heavy)
    add_distribution(
        folder, name="mean-plugin", entry_points={"mean": "mean_plugin:Mean"}, modules={"mean_plugin": source}
    )
    registry.reload()


def test_light_extractor_works_in_place_even_beside_a_service(tmp_path: Path) -> None:
    expected = registry.get("color-histogram", CONTEXT).extract([PICTURE])[0]

    vector = extract_one("color-histogram", PICTURE, context=CONTEXT, socket_path=tmp_path / "nobody.sock")

    np.testing.assert_array_equal(vector, expected)


def test_heavy_extractor_works_in_place_without_a_socket(plugins_folder: Path) -> None:
    install(plugins_folder, heavy=True)

    vector = extract_one("mean", PICTURE, context=CONTEXT, socket_path=None)

    np.testing.assert_allclose(vector, PICTURE.mean(axis=(0, 1)), rtol=1e-5)


def test_missing_service_says_what_to_start(plugins_folder: Path, tmp_path: Path) -> None:
    install(plugins_folder, heavy=True)

    with pytest.raises(ExtractorUnavailable, match=r"manage\.py serve or python manage\.py extraction_service"):
        extract_one("mean", PICTURE, context=CONTEXT, socket_path=tmp_path / "nobody.sock")


def test_missing_weights_are_unavailable() -> None:
    with pytest.raises(ExtractorUnavailable, match="weights of vgg16 are missing"):
        extract_one("vgg16", PICTURE, context=CONTEXT, socket_path=None)


def test_unknown_extractor_is_refused() -> None:
    with pytest.raises(registry.UnknownExtractor):
        extract_one("sift", PICTURE, context=CONTEXT, socket_path=None)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("raise ZeroDivisionError('by nought')", "mean failed on this image: ZeroDivisionError: by nought"),
        ("return np.zeros((1, 4), np.float32)", r"mean returned shape \(1, 4\)"),
    ],
)
def test_extractor_that_breaks_is_reported(plugins_folder: Path, line: str, message: str) -> None:
    install(plugins_folder, {"return np": line})

    with pytest.raises(ExtractionFailed, match=message):
        extract_one("mean", PICTURE, context=CONTEXT, socket_path=None)


def test_extractor_is_called_from_one_thread_at_a_time(plugins_folder: Path) -> None:
    """Contract: a plugin need not be safe to call from two threads at once."""
    careful = "assert not self.__dict__.get('inside'); self.inside = 1; time.sleep(.02); self.inside = 0; "
    install(plugins_folder, {"return np": careful + "return np.zeros((1, 3), np.float32)"})
    faults: list[Exception] = []

    def extract() -> None:
        try:
            extract_one("mean", PICTURE, context=CONTEXT, socket_path=None)
        except ExtractionFailed as error:
            faults.append(error)

    threads = [threading.Thread(target=extract) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []


def test_pixels_survive_the_wire() -> None:
    np.testing.assert_array_equal(unpack_pixels(pack(PICTURE)), PICTURE)


def claim(header: str) -> bytes:
    text = header.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + b"\0" * 12


def pickled() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        pickled(),
        pack(np.zeros((2, 2, 3), np.float32)),
        pack(np.zeros((2, 2), np.uint8)),
        pack(np.zeros((2, 2, 4), np.uint8)),
        pack(np.zeros((0, 2, 3), np.uint8)),
        pack(np.asfortranarray(PICTURE)),
        pack(PICTURE)[:-1],
        pack(PICTURE) + b"x",
        claim("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3, 3)}"),
        claim("{'descr': '|u1', 'fortran_order': False, 'shape': (10**9, 10**9, 3)}"),
        claim("{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999, 99999999999, 3)}"),
        claim("{'descr': '|u1', 'fortran_order': False, 'shape': (-2, -2, 3)}"),
        claim("{'descr': '|u1', 'fortran_order': False, 'shape': 'abc'}"),
        claim("__import__('os')"),
    ],
)
def test_anything_but_pixels_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        unpack_pixels(body)


def test_asking_never_imports_torch(tmp_path: Path) -> None:
    """What a web process does: list, describe, try to extract by a heavy extractor through the service."""
    script = f"""
import pathlib, sys
import numpy as np
from semblance.extractors import channel, registry
from semblance.extractors.contract import ExtractorContext, ExtractorUnavailable
context = ExtractorContext(weights_dir=pathlib.Path({str(tmp_path)!r}))
[registry.describe(name, context) for name in registry.installed()]
registry.problems(context)
try:
    channel.extract_one("vgg16", np.zeros((4, 4, 3), np.uint8), context=context, socket_path=pathlib.Path("/no.sock"))
except ExtractorUnavailable:
    print("torch" in sys.modules, "torchvision" in sys.modules)
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert run.stdout == "False False\n"
