"""Mean colors on a grid: the simplest descriptor that knows where a color lies."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from semblance.extractors.contract import Availability, Distance, ExtractorContext, Kind, Pixels, Vectors

SIDE = 4


class MeanColorGrid:
    """The mean red, green and blue of each cell of a 4 x 4 grid, 0 to 1, row by row."""

    name: ClassVar[str] = "mean-color-grid"
    version: ClassVar[str] = "1"
    kind: ClassVar[Kind] = "color"
    dimension: ClassVar[int] = SIDE * SIDE * 3
    distance: ClassVar[Distance] = "euclidean"
    heavy: ClassVar[bool] = False
    description: ClassVar[str] = "Which color an image has where, on a coarse grid."
    reference: ClassVar[str] = "Made as an example for Semblance; no publication."

    def __init__(self, context: ExtractorContext) -> None:
        """Need nothing of the context."""

    def availability(self) -> Availability:
        """Work everywhere."""
        return Availability(available=True)

    def weights_digest(self) -> str:
        """Have no weights."""
        return ""

    def extract(self, images: Sequence[Pixels]) -> Vectors:
        """Return a (len(images), 48) float32 array."""
        vectors = np.empty((len(images), self.dimension), dtype=np.float32)
        for row, image in enumerate(images):
            vectors[row] = _grid(image).ravel() / 255
        return vectors


def _grid(image: Pixels) -> npt.NDArray[np.float64]:
    """Return the (SIDE, SIDE, 3) means."""
    height, width, _ = image.shape
    return np.array(
        [[image[np.ix_(rows, columns)].mean(axis=(0, 1)) for columns in _bands(width)] for rows in _bands(height)]
    )


def _bands(length: int) -> list[npt.NDArray[np.int_]]:
    """Split the positions along one side into SIDE bands; a side shorter than that repeats positions."""
    places = max(SIDE, length)
    return np.array_split(np.arange(places) * length // places, SIDE)
