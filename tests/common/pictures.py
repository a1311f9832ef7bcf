"""Pictures for tests of the decode."""

import io

import numpy as np
import pytest
from PIL import Image

from semblance.common.errors import ImageRejected
from semblance.common.images import REJECTIONS, DecodeLimits, decode

CORNERS = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]], [[0, 0, 0], [255, 255, 255], [128, 64, 32]]], np.uint8)


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def picture(width: int, height: int) -> Image.Image:
    """A smooth picture that survives JPEG and resampling."""
    rows, columns = np.mgrid[0:height, 0:width]
    channels = [255 * columns / max(1, width - 1), 255 * rows / max(1, height - 1), np.full((height, width), 90)]
    return Image.fromarray(np.stack(channels, axis=-1).astype(np.uint8))


def rejection(data: bytes, limits: DecodeLimits | None = None) -> ImageRejected:
    with pytest.raises(ImageRejected) as caught:
        decode(data, limits=limits or DecodeLimits())
    assert caught.value.code in REJECTIONS
    return caught.value
