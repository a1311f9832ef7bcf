"""The global HSV histogram, the oldest descriptor of the field and still the one to beat among color features."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from PIL import Image

from semblance.extractors.contract import Availability, Distance, ExtractorContext, Kind, Pixels, Vectors

_BINS = 8 * 4 * 4


class ColorHistogram:
    """How much of an image has which color: 8 hues x 4 saturations x 4 values, compared by Hellinger's affinity.

    The square root of an L1-normalised histogram has unit length, so that the cosine of two of them is the
    Bhattacharyya coefficient of the histograms. Hue, saturation and value are Pillow's 8-bit ones; the bin of a pixel
    is ``16 * (hue // 32) + 4 * (saturation // 64) + value // 64``.

    References
    ----------
    M. J. Swain, D. H. Ballard: Color indexing. International Journal of Computer Vision 7 (1991).
    https://doi.org/10.1007/BF00130487
    """

    name: ClassVar[str] = "color-histogram"
    version: ClassVar[str] = "1"
    kind: ClassVar[Kind] = "color"
    dimension: ClassVar[int] = _BINS
    distance: ClassVar[Distance] = "cosine"
    heavy: ClassVar[bool] = False
    description: ClassVar[str] = "Which colors an image has and how much of each, wherever they lie."
    reference: ClassVar[str] = "Swain and Ballard, Color indexing, IJCV 7 (1991), https://doi.org/10.1007/BF00130487"

    def __init__(self, context: ExtractorContext) -> None:
        """Take the context, of which nothing is needed."""

    def availability(self) -> Availability:
        """Say that it always works."""
        return Availability(available=True)

    def weights_digest(self) -> str:
        """Return ``""``: there are no weights."""
        return ""

    def extract(self, images: Sequence[Pixels]) -> Vectors:
        """Compute one histogram an image.

        Parameters
        ----------
        images : sequence of (H, W, 3) uint8 arrays
            Upright RGB.

        Returns
        -------
        (len(images), 128) float32 array
            Values 0 to 1, rows of unit length.
        """
        vectors = np.empty((len(images), _BINS), dtype=np.float32)
        for row, image in enumerate(images):
            vectors[row] = np.sqrt(_histogram(image) / (image.shape[0] * image.shape[1]))
        return vectors


def _histogram(image: Pixels) -> np.ndarray:
    hsv = np.asarray(Image.fromarray(np.ascontiguousarray(image)).convert("HSV"))
    hue, saturation, value = hsv[..., 0] >> 5, hsv[..., 1] >> 6, hsv[..., 2] >> 6
    return np.bincount((hue << 4 | saturation << 2 | value).ravel(), minlength=_BINS)
