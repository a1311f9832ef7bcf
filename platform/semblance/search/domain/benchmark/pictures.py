"""Pictures for measurements: smooth areas, edges and noise, so that they cost what photographs do."""

import io

import numpy as np
from PIL import Image

SIZE = (1024, 768)


def picture(seed: int) -> bytes:
    """Return a JPEG of 1024 × 768 pixels, another one for every seed."""
    generator = np.random.default_rng(seed)
    areas = Image.fromarray(generator.integers(0, 256, (12, 16, 3), np.uint8)).resize(SIZE, Image.Resampling.BICUBIC)
    edges = Image.fromarray(generator.integers(0, 256, (48, 64, 3), np.uint8)).resize(SIZE, Image.Resampling.NEAREST)
    noise = Image.fromarray(generator.integers(0, 256, (SIZE[1], SIZE[0], 3), np.uint8))
    blended = Image.blend(Image.blend(areas, edges, 0.3), noise, 0.08)
    buffer = io.BytesIO()
    blended.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()
