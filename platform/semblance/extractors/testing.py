"""The conformance kit: the tests that every extractor passes, ours and everybody's.

In a plugin's own test suite::

    from semblance.extractors.testing import ExtractorConformance
    from my_plugin import MyExtractor

    class TestMyExtractor(ExtractorConformance):
        extractor_class = MyExtractor

Run it with pytest. Tests that need weights or a library skip, with the reason, where these are missing.
"""

import json
import pickle
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar
from unittest import SkipTest

import numpy as np

from semblance.extractors.checks import declaration_problems, probe_image, vector_fault
from semblance.extractors.contract import Availability, Extractor, ExtractorContext, ExtractorUnavailable, Pixels

_TOLERANCE = 1e-4
_HEX_SHA256 = 64
_HEAVY_LIBRARIES = ("torch", "tensorflow", "jax", "onnxruntime", "openvino")
_CONSTRUCT = """
import importlib, json, pathlib, sys
sys.path[:0] = json.loads(sys.argv[1])
from semblance.extractors.contract import ExtractorContext
getattr(importlib.import_module(sys.argv[2]), sys.argv[3])(ExtractorContext(weights_dir=pathlib.Path("missing")))
print(json.dumps(sorted(sys.modules)))
"""


def pictures() -> dict[str, Pixels]:
    """Return the pictures of the kit by name: ordinary ones, and all the odd shapes an extractor must take."""
    noise = np.random.default_rng(7).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    return {
        "ramp": probe_image(),
        "noise": noise,
        "black": np.zeros((32, 32, 3), dtype=np.uint8),
        "white": np.full((32, 32, 3), 255, dtype=np.uint8),
        "grey": np.repeat(noise[..., :1], 3, axis=2),
        "pixel": noise[:1, :1].copy(),
        "row": noise[:1].copy(),
        "column": noise[:, :1].copy(),
        "panorama": noise[:30].copy(),
        "large": np.kron(noise, np.ones((8, 6, 1), dtype=np.uint8)),
    }


class ExtractorConformance:
    """Base of a test class for one extractor.

    Attributes
    ----------
    extractor_class : type of Extractor
        The class under test; set it in the subclass.
    context : ExtractorContext
        What the extractor is constructed with; replace it to name the folder where its weights are.
    """

    extractor_class: ClassVar[type[Extractor]]
    context: ClassVar[ExtractorContext] = ExtractorContext(weights_dir=Path("weights"), device="cpu")
    extractor: ClassVar[Extractor]

    @classmethod
    def setup_class(cls) -> None:
        """Construct the extractor once for all tests, since loading weights may take long."""
        cls.extractor = cls.extractor_class(cls.context)

    def test_declaration_is_sound(self) -> None:
        """All attributes are there, of the right type and value."""
        found = [problem.message for problem in declaration_problems(self.extractor_class.name, self.extractor_class)]
        assert found == [], found

    def test_description_is_plain_data(self) -> None:
        """What is shown of an extractor survives JSON and pickle, so that any process can be told."""
        parts = ("name", "version", "kind", "dimension", "distance", "heavy", "description", "reference")
        described = {part: getattr(self.extractor, part) for part in parts}
        assert json.loads(json.dumps(described)) == described
        assert pickle.loads(pickle.dumps(described)) == described  # noqa: S301 - our own bytes

    def test_construction_is_light(self) -> None:
        """Importing the module and constructing the class loads no deep-learning framework and no weights."""
        plugin = self.extractor_class
        command = [sys.executable, "-c", _CONSTRUCT, json.dumps(sys.path), plugin.__module__, plugin.__qualname__]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode and "ModuleNotFoundError" in run.stderr and plugin.__module__ in run.stderr:
            reason = f"{plugin.__module__} is no module that another process can import."
            raise SkipTest(reason)
        assert run.returncode == 0, run.stderr
        loaded = set(json.loads(run.stdout)) & set(_HEAVY_LIBRARIES)
        assert loaded == set(), f"construction imported {', '.join(sorted(loaded))}"

    def test_availability_says_why_not(self) -> None:
        """Availability never raises, and what is unavailable has a reason."""
        for extractor in (self.extractor, self._without_weights()):
            status = extractor.availability()
            assert isinstance(status, Availability), f"availability() returned {status!r}"
            assert status.available or status.reason, "an unavailable extractor must say why"

    def test_weights_digest_is_sha256_or_empty(self) -> None:
        """The digest is 64 hexadecimal digits where there are weights, and empty where there are none."""
        digest = self.extractor.weights_digest()
        assert digest == "" or (len(digest) == _HEX_SHA256 and set(digest) <= set("0123456789abcdef")), digest
        assert self.extractor.weights_digest() == digest, "the digest changed between two calls"

    def test_missing_weights_are_refused(self) -> None:
        """Where weights are needed and missing, extraction is refused: never random ones, never silence."""
        extractor = self._without_weights()
        if extractor.availability().available:
            return
        assert extractor.weights_digest() == ""
        try:
            extractor.extract([probe_image()])
        except ExtractorUnavailable as error:
            assert str(error), "the error must say what is missing"
        else:
            message = "extract() worked although availability() says it cannot"
            raise AssertionError(message)

    def test_every_picture_gets_a_vector(self) -> None:
        """Grey, black, white, single pixels, rows, columns, panoramas and large pictures, alone and together."""
        self._require_available()
        for name, picture in pictures().items():
            self._extract([picture], name)
        self._extract(list(pictures().values()), "all pictures at once")

    def test_empty_batch_gives_no_rows(self) -> None:
        """No pictures make a (0, dimension) array."""
        self._require_available()
        self._extract([], "an empty batch")

    def test_extraction_is_deterministic(self) -> None:
        """The same picture gives the same vector: again, and from a new instance."""
        self._require_available()
        batch = [pictures()["noise"], pictures()["ramp"]]
        first = self._extract(batch, "first time")
        np.testing.assert_allclose(self._extract(batch, "second time"), first, atol=_TOLERANCE)
        np.testing.assert_allclose(self.extractor_class(self.context).extract(batch), first, atol=_TOLERANCE)

    def test_batch_gives_what_single_pictures_give(self) -> None:
        """A vector depends on its own picture alone, whatever else is in the batch and in whatever order."""
        self._require_available()
        batch = [*pictures().values()] * 2
        together = self._extract(batch, "a batch")
        alone = np.concatenate([self._extract([picture], "a single picture") for picture in batch])
        np.testing.assert_allclose(together, alone, atol=_TOLERANCE)

    def test_different_pictures_differ(self) -> None:
        """A ramp and noise do not get the same vector."""
        self._require_available()
        ramp, noise = self._extract([pictures()["ramp"], pictures()["noise"]], "two pictures")
        assert not np.allclose(ramp, noise, atol=_TOLERANCE), "two very different pictures got the same vector"

    def test_memory_layout_does_not_matter(self) -> None:
        """Views, mirrored, transposed and read-only arrays give what a copy of them gives."""
        self._require_available()
        picture = pictures()["noise"]
        for view in (picture[::2, ::3], picture[:, ::-1], picture.transpose(1, 0, 2), np.asfortranarray(picture)):
            view.flags.writeable = False
            expected = self._extract([np.array(view, order="C")], "a copy")
            np.testing.assert_allclose(self._extract([view], "a view"), expected, atol=_TOLERANCE)

    def test_pictures_are_left_alone(self) -> None:
        """Extraction does not write into the pictures it is given."""
        self._require_available()
        given = list(pictures().values())
        self._extract(given, "pictures")
        for before, after in zip(pictures().values(), given, strict=True):
            np.testing.assert_array_equal(after, before)

    def test_any_thread_may_extract(self) -> None:
        """A vector computed in another thread is the same."""
        self._require_available()
        batch = [pictures()["noise"]]
        with ThreadPoolExecutor(max_workers=1) as pool:
            elsewhere = pool.submit(self.extractor.extract, batch).result()
        np.testing.assert_allclose(elsewhere, self._extract(batch, "here"), atol=_TOLERANCE)

    def _without_weights(self) -> Extractor:
        return self.extractor_class(ExtractorContext(weights_dir=Path(tempfile.gettempdir()) / "no-weights-here"))

    def _require_available(self) -> None:
        status = self.extractor.availability()
        if not status.available:
            raise SkipTest(status.reason)

    def _extract(self, batch: list[Pixels], what: str) -> np.ndarray:
        vectors = self.extractor.extract(batch)
        fault = vector_fault(vectors, len(batch), self.extractor_class)
        assert not fault, f"for {what}, extract() {fault}"
        return vectors
