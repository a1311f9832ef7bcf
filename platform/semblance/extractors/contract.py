"""The contract between Semblance and an extractor plugin.

What is written here is supported; what is not written here may change without notice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np
import numpy.typing as npt

Kind: TypeAlias = Literal["color", "texture", "shape", "deep", "composite"]
Distance: TypeAlias = Literal["cosine", "euclidean", "manhattan"]
Pixels: TypeAlias = npt.NDArray[np.uint8]
Vectors: TypeAlias = npt.NDArray[np.float32]

MAX_DIMENSION = 4000
"""Largest dimension of a feature space: what pgvector can index as ``halfvec``."""

LARGEST_VALUE = 65504.0
"""Largest magnitude of a vector's component: vectors are stored in half precision."""


@dataclass(frozen=True, slots=True)
class ExtractorContext:
    """What an extractor is told about the place it runs in.

    Attributes
    ----------
    weights_dir : Path
        Folder of imported or fetched weights; may not exist yet.
    device : str
        ``"auto"`` (CUDA when there, else CPU), ``"cpu"`` or ``"cuda"``.
    threads : int
        CPU threads an extraction may use; 0 leaves it to the library.
    """

    weights_dir: Path
    device: str = "auto"
    threads: int = 0


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether an extractor can work here and now, and if not, why and what to do."""

    available: bool
    reason: str = ""


@runtime_checkable
class Extractor(Protocol):
    """Turns images into vectors.

    The class attributes describe the extractor without loading anything heavy: importing the module and constructing
    the class must not import torch or read weights. An extractor is constructed once a process with an
    :class:`ExtractorContext` as its only argument. Calls of :meth:`extract` come from one thread at a time, whichever
    thread that is; :meth:`availability` and :meth:`weights_digest` may be called from any thread at any time.

    Attributes
    ----------
    name : str
        Kebab-case, equal to the entry point's name, at most 100 characters.
    version : str
        Raised whenever the same image could give another vector: a new version is a new feature space. At most 40
        characters.
    kind : Kind
    dimension : int
        Length of a vector, 1 to :data:`MAX_DIMENSION`.
    distance : Distance
        The distance this descriptor is made for. Vectors for ``"cosine"`` have unit length (or are all zero).
    heavy : bool
        True where extraction needs a process of its own (it imports a deep-learning framework, say).
    description, reference : str
        One sentence for people; the source with its DOI.
    """

    name: ClassVar[str]
    version: ClassVar[str]
    kind: ClassVar[Kind]
    dimension: ClassVar[int]
    distance: ClassVar[Distance]
    heavy: ClassVar[bool]
    description: ClassVar[str]
    reference: ClassVar[str]

    def __init__(self, context: ExtractorContext) -> None: ...

    def availability(self) -> Availability:
        """Say cheaply whether :meth:`extract` would work; never raises, never loads weights."""
        ...

    def weights_digest(self) -> str:
        """SHA-256 (hex) of the weights in use; ``""`` for an extractor without weights or while they are missing."""
        ...

    def extract(self, images: Sequence[Pixels]) -> Vectors:
        """Compute one vector an image.

        Parameters
        ----------
        images : sequence of (H, W, 3) uint8 arrays
            Upright RGB, any size from 1×1 on, not all the same size.

        Returns
        -------
        (len(images), dimension) float32 array
            Finite values within ±:data:`LARGEST_VALUE`.

        Raises
        ------
        ExtractorUnavailable
            If weights or a library are missing.
        """
        ...


class ExtractorUnavailable(RuntimeError):
    """An extractor was asked to work where it cannot; the message says what is missing and how to get it."""


@runtime_checkable
class WeightedExtractor(Extractor, Protocol):
    """An extractor whose weights are fetched by name or imported from a file."""

    def import_weights(self, path: Path) -> str:
        """Check a weights file, copy it into the weights folder and return its SHA-256.

        Raises
        ------
        ValueError
            If the file does not fit; the message says what does not.
        """
        ...

    def fetch_weights(self) -> str:
        """Download the published weights (hash-checked, with progress on standard error) and return their SHA-256."""
        ...
