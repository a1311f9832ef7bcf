"""The one way from bytes to pixels, for every face, worker and command.

What :func:`decode` does to the pixels of an image (the draft scale of JPEG, the resampling, the working size, the white
behind transparency, the scaling of 16 bits) is part of every descriptor's version: whoever changes it raises the
versions of the extractors.
"""

import io
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from math import ceil, isfinite, sqrt
from typing import Final

import numpy as np
from PIL import Image

from semblance.common.errors import ImageRejected, InvalidInput
from semblance.extractors.contract import Pixels

REJECTIONS: Final = frozenset({"empty", "too-many-bytes", "too-many-pixels", "unsupported-format", "broken"})
"""Every ``code`` an :class:`~semblance.common.errors.ImageRejected` may have."""

FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")  # JPEG opens MPO as well
_MEDIA_TYPES: Final = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "GIF": "image/gif",
    "BMP": "image/bmp",
    "TIFF": "image/tiff",
}
MEDIA_TYPES: Final = frozenset(_MEDIA_TYPES.values())
"""What :attr:`DecodedImage.media_type` may be."""

COPY_SIDE: Final = 2048

_ORIENTATION_TAG: Final = 0x0112
_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_REDUCING_GAP: Final = 2.0
_STRIP_PIXELS: Final = 2_000_000
_LYING: Final = frozenset({5, 6, 7, 8})
_PILLOW_MODULES: Final = r"PIL\b"
_QUIET_PILLOW: Final = ("ignore", None, Warning, re.compile(_PILLOW_MODULES), 0)


@dataclass(frozen=True, slots=True)
class DecodeLimits:
    """Caps of one decode.

    ``max_bytes`` is held before the file is opened, ``max_pixels`` before its pixels are touched, and
    ``working_pixels`` bounds the area of the pixels that come back. ``max_webp_pixels`` is lower because WebP is
    decoded whole and several times over: 16 bytes a pixel, 390 MiB for 25 million.
    """

    max_bytes: int = 50_000_000
    max_pixels: int = 100_000_000
    max_webp_pixels: int = 25_000_000
    working_pixels: int = 768 * 768


DEFAULT_LIMITS: Final = DecodeLimits()


@dataclass(frozen=True, slots=True, eq=False)
class DecodedImage:
    """Upright (H, W, 3) uint8 RGB, reduced to the working size, and the facts of the original.

    ``width`` and ``height`` are those of the original held upright, before the reduction.
    """

    pixels: Pixels
    width: int
    height: int
    media_type: str


def decode(data: bytes, *, limits: DecodeLimits = DEFAULT_LIMITS) -> DecodedImage:
    """Decode an untrusted file; every failure is an :class:`ImageRejected` with one of :data:`REJECTIONS`."""
    _check_bytes(data, limits)
    _silence_pillow()
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            return _decoded(image, limits)
    except ImageRejected:
        raise
    except Image.DecompressionBombError as error:
        raise _too_many_pixels("an enormous number of pixels", limits) from error
    except Exception as error:  # decoders raise anything on hostile bytes
        raise _unreadable(data) from error


def crop(pixels: Pixels, box: Sequence[float]) -> Pixels:
    """Cut out ``(x, y, width, height)``, given as shares 0–1 of the image; at least one pixel comes back."""
    try:
        x, y, width, height = (float(value) for value in box)
    except (TypeError, ValueError) as error:
        raise InvalidInput("A crop is four numbers: x, y, width, height, each between 0 and 1.") from error
    rows = _span(y, height, pixels.shape[0])
    columns = _span(x, width, pixels.shape[1])
    return np.ascontiguousarray(pixels[rows, columns])


def encode_thumbnail(pixels: Pixels, side: int = 320) -> bytes:
    """Encode as a JPEG without metadata that fits into a square of ``side`` pixels; never enlarged."""
    image = Image.fromarray(pixels)
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=85, optimize=True)
    return buffer.getvalue()


def encode_copy(data: bytes, *, limits: DecodeLimits = DEFAULT_LIMITS) -> bytes:
    """Encode an original anew, upright and without its metadata, as a JPEG of at most :data:`COPY_SIDE` pixels a side.

    It is what those get who may look at an image without answering for it: place, camera and comments stay behind.
    """
    pixels = decode(data, limits=replace(limits, working_pixels=COPY_SIDE * COPY_SIDE)).pixels
    return encode_thumbnail(pixels, COPY_SIDE)


def _check_bytes(data: bytes, limits: DecodeLimits) -> None:
    if not data:
        raise ImageRejected("The file is empty: choose an image file that has content.", code="empty")
    if len(data) > limits.max_bytes:
        raise ImageRejected(
            f"The file is larger than the limit of {limits.max_bytes / 1e6:g} MB: "
            "save the image smaller or compress it more.",
            code="too-many-bytes",
        )


def _silence_pillow() -> None:
    """Keep Pillow's warnings about odd files out of logs.

    ``warnings.catch_warnings`` would put the filters of other threads back in the wrong order, so the filter stays.
    """
    if not warnings.filters or warnings.filters[0] != _QUIET_PILLOW:
        warnings.filterwarnings("ignore", module=_PILLOW_MODULES)


def _too_many_pixels(found: str, limits: DecodeLimits) -> ImageRejected:
    return ImageRejected(
        f"The image has {found} and the limit is {limits.max_pixels / 1e6:g} million: save it smaller.",
        code="too-many-pixels",
    )


def _check_pixels(image: Image.Image, limits: DecodeLimits) -> None:
    area, found = image.width * image.height, f"{image.width} × {image.height} pixels"
    if area > limits.max_pixels:
        raise _too_many_pixels(found, limits)
    if image.format == "WEBP" and area > limits.max_webp_pixels:
        raise ImageRejected(
            f"The image has {found} and the limit for WebP, which takes much memory to decode, is "
            f"{limits.max_webp_pixels / 1e6:g} million: save it as JPEG, or smaller.",
            code="too-many-pixels",
        )


def _unreadable(data: bytes) -> ImageRejected:
    """Tell a damaged image from something that was never one, by its first bytes."""
    accepts = (Image.OPEN[name][1] for name in FORMATS)
    if any(accept is not None and accept(data[:16]) is True for accept in accepts):
        return ImageRejected(
            "The image is damaged or incomplete: export or download it again.",
            code="broken",
        )
    return ImageRejected(
        "The content is not a JPEG, PNG, WebP, GIF, BMP or TIFF image: convert it to one of these.",
        code="unsupported-format",
    )


def _decoded(image: Image.Image, limits: DecodeLimits) -> DecodedImage:
    media_type = _MEDIA_TYPES[image.format or ""]
    _check_pixels(image, limits)
    width, height = image.size
    wanted = _working_size(width, height, limits.working_pixels)
    image.draft(None, wanted)
    image.load()
    # Read after loading: PNG may keep EXIF behind the pixels, and TIFF is already upright by then.
    orientation = _orientation(image)
    large = image.width * image.height > limits.working_pixels
    upright = _over_white(_eight_bit(_reduced(image, wanted) if large else _resizable(image)))
    if orientation in _UPRIGHT:
        upright = upright.transpose(_UPRIGHT[orientation])
    if orientation in _LYING:
        width, height = height, width
    return DecodedImage(np.array(upright, dtype=np.uint8), width, height, media_type)


def _working_size(width: int, height: int, area: int) -> tuple[int, int]:
    """Return the largest size of the same shape whose area is within ``area``."""
    factor = min(1.0, sqrt(area / (width * height)))
    if factor == 1.0:
        return width, height
    short = max(1, int(min(width, height) * factor))
    long = min(ceil(max(width, height) * factor), area // short)
    return (long, short) if width >= height else (short, long)


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION_TAG, 1))
    except Exception:  # noqa: BLE001 - damaged metadata is no reason to refuse good pixels
        return 1


def _reduced(image: Image.Image, wanted: tuple[int, int]) -> Image.Image:
    """Average whole blocks of pixels down to about twice the wanted size, then resample bicubically.

    Blocks are averaged strip by strip: converting a whole large image first would take several times its memory.
    """
    factor = max(1, int(min(image.width / wanted[0], image.height / wanted[1]) / _REDUCING_GAP))
    rows = factor * max(1, _STRIP_PIXELS // (image.width * factor))
    strips = (
        _resizable(image.crop((0, top, image.width, min(top + rows, image.height)))).reduce(factor)
        for top in range(0, image.height, rows)
    )
    first = next(strips)
    blocks = Image.new(first.mode, (first.width, ceil(image.height / factor)))
    for number, strip in enumerate(chain([first], strips)):
        blocks.paste(strip, (0, number * rows // factor))
    box = (0, 0, image.width / factor, image.height / factor)
    return blocks.resize(wanted, Image.Resampling.BICUBIC, box=box)


def _resizable(image: Image.Image) -> Image.Image:
    """Convert to L, LA, RGB, RGBA or F, the modes that Pillow resamples properly (with premultiplied alpha)."""
    if image.mode in {"I", "F"}:
        return Image.fromarray(np.nan_to_num(np.asarray(image, dtype=np.float32), posinf=0.0, neginf=0.0))
    if image.mode.startswith("I;16"):
        return _high_bytes(image)
    if image.has_transparency_data:
        return image.convert("LA" if image.mode in {"L", "LA", "La"} else "RGBA")
    return image.convert("L" if image.mode in {"1", "L"} else "RGB")


def _high_bytes(image: Image.Image) -> Image.Image:
    values = np.asarray(image)
    grey = (values >> 8).astype(np.uint8)
    if isinstance(clear := image.info.get("transparency"), int):
        grey[values == clear] = 255
    return Image.fromarray(grey)


def _eight_bit(image: Image.Image) -> Image.Image:
    """Stretch signed, 32-bit and floating-point grey from lowest to highest value, for it has no agreed white."""
    if image.mode != "F":
        return image
    values = np.asarray(image, dtype=np.float64)
    low, high = float(values.min()), float(values.max())
    if high == low:
        return Image.new("L", image.size, int(np.clip(round(low), 0, 255)))
    return Image.fromarray(np.rint((values - low) * (255.0 / (high - low))).astype(np.uint8))


def _over_white(image: Image.Image) -> Image.Image:
    if image.mode not in {"LA", "RGBA"}:
        return image.convert("RGB")
    seen = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen).convert("RGB")


def _span(start: float, length: float, size: int) -> slice:
    inside = isfinite(start) and isfinite(length) and 0 <= start < 1 and length > 0 and start + length <= 1 + 1e-6
    if not inside:
        raise InvalidInput("A crop lies inside the image: 0 ≤ x < 1, width > 0, x + width ≤ 1, and likewise for y.")
    first = min(round(start * size), size - 1)
    return slice(first, max(first + 1, min(round((start + length) * size), size)))
