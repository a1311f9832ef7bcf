"""The decode: upright RGB from every format and mode."""

import warnings
import zlib

import numpy as np
import pytest
from PIL import Image

from semblance.common.images import DecodeLimits, decode
from semblance.extractors.contract import Pixels
from tests.common.pictures import CORNERS, encoded, picture


@pytest.mark.parametrize(
    ("kind", "media_type", "options"),
    [
        ("PNG", "image/png", {}),
        ("GIF", "image/gif", {}),
        ("BMP", "image/bmp", {}),
        ("TIFF", "image/tiff", {}),
        ("TIFF", "image/tiff", {"compression": "tiff_lzw"}),
        ("WEBP", "image/webp", {"lossless": True}),
    ],
)
def test_lossless_formats_give_the_same_pixels(kind: str, media_type: str, options: dict[str, object]) -> None:
    decoded = decode(encoded(Image.fromarray(CORNERS), kind, **options))

    np.testing.assert_array_equal(decoded.pixels, CORNERS)
    assert (decoded.width, decoded.height, decoded.media_type) == (3, 2, media_type)
    assert decoded.pixels.dtype == np.uint8
    assert decoded.pixels.flags.writeable


def test_jpeg_gives_nearly_the_same_pixels() -> None:
    original = picture(64, 48)

    decoded = decode(encoded(original, "JPEG", quality=95))

    assert np.abs(decoded.pixels.astype(int) - np.asarray(original)).mean() < 2
    assert decoded.media_type == "image/jpeg"


def test_mpo_is_taken_as_jpeg() -> None:
    data = encoded(picture(64, 48), "MPO", save_all=True, append_images=[picture(64, 48)])

    decoded = decode(data)

    assert (decoded.width, decoded.height, decoded.media_type) == (64, 48, "image/jpeg")


def test_first_frame_of_animation_is_taken() -> None:
    frames = [Image.new("RGB", (4, 4), color) for color in ("red", "blue")]

    decoded = decode(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))

    np.testing.assert_array_equal(decoded.pixels, np.full((4, 4, 3), (255, 0, 0)))


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize(
    ("orientation", "upright"),
    [
        (1, CORNERS),
        (2, CORNERS[:, ::-1]),
        (3, CORNERS[::-1, ::-1]),
        (4, CORNERS[::-1]),
        (5, CORNERS.transpose(1, 0, 2)),
        (6, np.rot90(CORNERS, -1)),
        (7, np.rot90(CORNERS, 2).transpose(1, 0, 2)),
        (8, np.rot90(CORNERS)),
        (0, CORNERS),
        (99, CORNERS),
    ],
)
def test_orientation_is_applied(kind: str, orientation: int, upright: Pixels) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if kind == "WEBP" else {}

    decoded = decode(encoded(Image.fromarray(CORNERS), kind, exif=exif, **options))

    np.testing.assert_array_equal(decoded.pixels, upright)
    assert (decoded.height, decoded.width) == upright.shape[:2]


def test_orientation_of_reduced_jpeg_swaps_the_sides() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6

    decoded = decode(encoded(picture(800, 400), "JPEG", exif=exif), limits=DecodeLimits(working_pixels=5000))

    assert (decoded.width, decoded.height) == (400, 800)
    assert decoded.pixels.shape == (100, 50, 3)


def test_damaged_exif_does_not_refuse_good_pixels() -> None:
    data = encoded(picture(32, 32), "JPEG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff garbage")

    assert decode(data).width == 32


def test_warnings_of_pillow_do_not_leak_and_others_do() -> None:
    """A PNG with a senseless animation header, of which Pillow warns and which it then shows as a plain picture."""
    data = encoded(Image.fromarray(CORNERS))
    chunk = b"acTL" + bytes(8)
    chunk = (8).to_bytes(4, "big") + chunk + zlib.crc32(chunk).to_bytes(4, "big")

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        decoded = decode(data[:33] + chunk + data[33:])
        warnings.warn("somebody else's", UserWarning, stacklevel=1)

    np.testing.assert_array_equal(decoded.pixels, CORNERS)
    assert [str(warning.message) for warning in caught] == ["somebody else's"]


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (Image.new("1", (2, 2), 1), (255, 255, 255)),
        (Image.new("L", (2, 2), 77), (77, 77, 77)),
        (Image.new("LA", (2, 2), (0, 0)), (255, 255, 255)),
        (Image.new("LA", (2, 2), (0, 255)), (0, 0, 0)),
        (Image.new("RGBA", (2, 2), (0, 0, 0, 0)), (255, 255, 255)),
        (Image.new("RGBA", (2, 2), (255, 0, 0, 128)), (255, 127, 127)),
        (Image.new("RGB", (2, 2), (9, 8, 7)).quantize(), (9, 8, 7)),
        (Image.fromarray(np.full((2, 2), 0xABCD, np.uint16)), (0xAB, 0xAB, 0xAB)),
    ],
    ids=["1-bit", "grey", "clear grey", "opaque grey", "clear color", "half clear", "palette", "16-bit"],
)
def test_color_modes_become_rgb_over_white(image: Image.Image, expected: tuple[int, int, int]) -> None:
    decoded = decode(encoded(image))

    np.testing.assert_array_equal(decoded.pixels, np.full((2, 2, 3), expected))


def test_transparent_palette_color_is_white() -> None:
    image = Image.new("P", (2, 2), 1)
    image.putpalette([255, 0, 0, 0, 0, 255])

    decoded = decode(encoded(image, "PNG", transparency=1))

    np.testing.assert_array_equal(decoded.pixels, np.full((2, 2, 3), 255))


def test_transparent_key_color_is_white() -> None:
    grey = encoded(Image.new("L", (2, 2), 40), "PNG", transparency=40)
    color = encoded(Image.new("RGB", (2, 2), (1, 2, 3)), "PNG", transparency=(1, 2, 3))

    assert decode(grey).pixels.min() == 255
    assert decode(color).pixels.min() == 255


def test_cmyk_becomes_rgb() -> None:
    decoded = decode(encoded(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "TIFF"))

    np.testing.assert_array_equal(decoded.pixels, np.full((16, 16, 3), (255, 0, 0)))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([[0, 30000], [60000, 60000]], np.int32), [[0, 128], [255, 255]]),
        (np.array([[0.0, 0.5], [1.0, 1.0]], np.float32), [[0, 128], [255, 255]]),
        (np.array([[np.nan, 0.0], [2.0, np.inf]], np.float32), [[0, 0], [255, 0]]),
        (np.array([[300, 300], [300, 300]], np.int32), [[255, 255], [255, 255]]),
    ],
    ids=["32-bit", "float", "not finite", "flat"],
)
def test_deep_grey_is_stretched(values: np.ndarray, expected: list[list[int]]) -> None:
    decoded = decode(encoded(Image.fromarray(values), "TIFF"))

    np.testing.assert_array_equal(decoded.pixels, np.repeat(np.array(expected)[..., None], 3, axis=2))


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize(("width", "height"), [(2000, 1000), (1000, 2000), (1537, 1024), (4000, 50), (769, 768)])
def test_large_pictures_are_reduced_by_area(kind: str, width: int, height: int) -> None:
    original = picture(width, height)

    decoded = decode(encoded(original, kind, **({"quality": 95} if kind == "JPEG" else {})))

    rows, columns, _ = decoded.pixels.shape
    assert 0.97 * min(768 * 768, width * height) <= rows * columns <= 768 * 768
    assert columns / rows == pytest.approx(width / height, rel=0.02)
    assert (decoded.width, decoded.height) == (width, height)
    reference = np.asarray(original.resize((columns, rows), Image.Resampling.BOX), dtype=int)
    assert np.abs(decoded.pixels - reference).mean() < 2


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "I", "F"])
def test_reduction_in_strips_leaves_no_seams(mode: str) -> None:
    """A tall picture, averaged in many strips, against one resampling of the whole."""
    whole = picture(1000, 4501)
    grey = np.asarray(whole.convert("L"))
    deep = {"I;16": np.uint16(257) * grey, "I": np.int32(1) * grey, "F": np.float32(1) * grey}
    image = Image.fromarray(np.asarray(deep[mode])) if mode in deep else whole.convert(mode)
    expected = whole if mode in {"RGB", "RGBA", "CMYK", "P"} else Image.fromarray(grey).convert("RGB")

    decoded = decode(encoded(image, "TIFF"), limits=DecodeLimits(working_pixels=40_000))

    rows, columns, _ = decoded.pixels.shape
    reference = np.asarray(expected.resize((columns, rows), Image.Resampling.BOX), dtype=int)
    low, high = (int(grey.min()), int(grey.max())) if mode in {"I", "F"} else (0, 255)
    difference = np.abs(decoded.pixels - (reference - low) * (255 / (high - low)))
    assert difference.mean() < (12 if mode in {"1", "P"} else 2)


def test_small_pictures_are_never_enlarged() -> None:
    assert decode(encoded(picture(5, 3))).pixels.shape == (3, 5, 3)


def test_thin_pictures_keep_a_pixel_of_height() -> None:
    decoded = decode(encoded(picture(60_000, 1)), limits=DecodeLimits(working_pixels=10_000))

    assert decoded.pixels.shape == (1, 10_000, 3)
