"""The one extraction path: pixels in, one vector a feature space out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from django.conf import settings

from semblance.common.context import extractor_context
from semblance.common.errors import Unavailable
from semblance.extractors import registry
from semblance.extractors.channel import extract_one
from semblance.extractors.checks import vector_fault
from semblance.extractors.contract import Extractor, ExtractorUnavailable, Pixels
from semblance.indexing.models import FeatureSpace


def loaded_extractor(name: str) -> Extractor:
    """Return this process's instance of an extractor."""
    return registry.get(name, extractor_context())


def is_current(space: FeatureSpace) -> bool:
    """Say whether the installed extractor still makes vectors of this space."""
    if space.extractor not in registry.installed():
        return False
    extractor = loaded_extractor(space.extractor)
    return (extractor.version, extractor.weights_digest()) == (space.version, space.weights_digest)


@dataclass(frozen=True, slots=True)
class Extracted:
    """Vectors of a batch: `vectors[name]` has one row for each image that is not in `failures`."""

    vectors: Mapping[str, npt.NDArray[np.float32]]
    failures: Mapping[int, str]


def extract_batch(*, images: Sequence[Pixels], extractors: Iterable[str]) -> Extracted:
    """Compute the vectors of a batch; when it fails as a whole, go on without the images that are to blame."""
    names = list(extractors)
    try:
        return Extracted({name: _sound_vectors(name, images) for name in names}, {})
    except ExtractorUnavailable as error:
        raise Unavailable(str(error)) from error
    except Exception as error:  # noqa: BLE001  # a plugin may raise anything; it is recorded with the image
        if len(images) == 1:
            return Extracted({}, {0: f"{type(error).__name__}: {error}"})
    return _one_by_one(images, names)


def _sound_vectors(name: str, images: Sequence[Pixels]) -> npt.NDArray[np.float32]:
    extractor = loaded_extractor(name)
    vectors = extractor.extract(images)
    if fault := vector_fault(vectors, len(images), type(extractor)):
        raise ValueError(f"{name} {fault}")
    return vectors


def _one_by_one(images: Sequence[Pixels], names: Sequence[str]) -> Extracted:
    parts = [extract_batch(images=[image], extractors=names) for image in images]
    failures = {row: part.failures[0] for row, part in enumerate(parts) if part.failures}
    kept = [part for part in parts if not part.failures]
    vectors = {name: np.concatenate([part.vectors[name] for part in kept]) for name in names} if kept else {}
    return Extracted(vectors, failures)


_heavy_allowed = True


def forbid_heavy_extraction() -> None:
    """Declare this a web process: from now on heavy extractors work in the extraction service or not at all."""
    global _heavy_allowed  # noqa: PLW0603
    _heavy_allowed = False


def _service_socket() -> Path | None:
    socket = Path(settings.SEMBLANCE_EXTRACTION_SOCKET)
    return None if _heavy_allowed and not socket.exists() else socket


def extract_query(*, pixels: Pixels, extractors: Iterable[str]) -> dict[str, npt.NDArray[np.float32]]:
    """Compute the vectors of one query image; heavy extractors work in the extraction service where there is one."""
    socket = _service_socket()
    try:
        return {name: extract_one(name, pixels, context=extractor_context(), socket_path=socket) for name in extractors}
    except ExtractorUnavailable as error:
        raise Unavailable(str(error)) from error
