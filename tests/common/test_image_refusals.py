"""What the decode refuses; crops and thumbnails."""

import io
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from semblance.common.errors import ImageRejected, InvalidInput
from semblance.common.images import REJECTIONS, DecodeLimits, crop, decode, encode_thumbnail
from tests.common.pictures import encoded, picture, rejection


def test_empty_file_is_rejected() -> None:
    assert rejection(b"").code == "empty"


def test_byte_cap_holds_before_the_file_is_opened() -> None:
    error = rejection(b"x" * 2_100_000, DecodeLimits(max_bytes=2_000_000))

    assert error.code == "too-many-bytes"
    assert error.detail == "The file is larger than the limit of 2 MB: save the image smaller or compress it more."


def test_pixel_cap_is_exact() -> None:
    data = encoded(picture(40, 25))

    assert decode(data, limits=DecodeLimits(max_pixels=1000)).width == 40
    assert rejection(data, DecodeLimits(max_pixels=999)).code == "too-many-pixels"


def test_webp_has_a_lower_cap_that_names_the_cure() -> None:
    limits = DecodeLimits(max_webp_pixels=999)

    error = rejection(encoded(picture(40, 25), "WEBP"), limits)

    assert error.code == "too-many-pixels"
    assert error.detail == (
        "The image has 40 × 25 pixels and the limit for WebP, which takes much memory to decode, is 0.000999 million:"
        " save it as JPEG, or smaller."
    )
    assert decode(encoded(picture(40, 25), "JPEG"), limits=limits).width == 40
    assert decode(encoded(picture(40, 25), "WEBP"), limits=DecodeLimits(max_webp_pixels=1000)).width == 40


def test_webp_cap_holds_before_pixels_are_loaded() -> None:
    """A WebP that claims 10,000 × 10,000 pixels and holds 1000: loading it would fail, its claim is refused before."""
    data = bytearray(encoded(picture(40, 25), "WEBP", quality=50))
    start = data.index(b"\x9d\x01\x2a") + 3
    data[start : start + 4] = (10_000).to_bytes(2, "little") * 2

    error = rejection(bytes(data))

    assert "10000 × 10000 pixels and the limit for WebP" in error.detail


@pytest.mark.parametrize("side", [10_001, 20_000])
def test_pixel_cap_holds_before_pixels_are_loaded(side: int) -> None:
    """A PNG that claims a huge size and holds next to nothing: the claim alone is refused."""
    data = bytearray(encoded(picture(40, 25)))
    data[16:24] = side.to_bytes(4, "big") * 2
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")

    assert rejection(bytes(data)).code == "too-many-pixels"


@pytest.mark.parametrize("data", [b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", b"\x00" * 100])
def test_other_content_is_unsupported(data: bytes) -> None:
    assert rejection(data).code == "unsupported-format"


def test_formats_outside_the_list_are_unsupported() -> None:
    assert rejection(encoded(picture(8, 8), "PPM")).code == "unsupported-format"
    assert rejection(encoded(picture(8, 8), "ICO")).code == "unsupported-format"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_truncated_file_is_broken(kind: str) -> None:
    data = encoded(Image.effect_noise((64, 64), 80).convert("RGB"), kind)

    assert rejection(data[: len(data) // 2]).code == "broken"


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_mutated_file_is_decoded_or_rejected(kind: str, seed: int) -> None:
    chance = np.random.default_rng(seed)
    original = np.frombuffer(encoded(picture(48, 32), kind), dtype=np.uint8)

    for _ in range(100):
        data = original.copy()
        places = chance.integers(0, len(data), chance.integers(1, 12))
        data[places] = chance.integers(0, 256, len(places))
        try:
            decode(data.tobytes())
        except ImageRejected as error:
            assert error.code in REJECTIONS  # noqa: PT017 - either outcome is right


def test_malformed_collection_is_decoded_or_rejected(shared_data: Path) -> None:
    outcomes: dict[str, int] = {}
    for file in sorted((shared_data / "malformed").rglob("*")):
        if file.is_file():
            try:
                code = f"{decode(file.read_bytes()).media_type}"[:5]
            except ImageRejected as error:
                code = error.code
            outcomes[code] = outcomes.get(code, 0) + 1

    assert set(outcomes) <= REJECTIONS | {"image"}
    assert outcomes["image"] > 250
    assert sum(outcomes.values()) > 600


def test_crop_cuts_out_the_box() -> None:
    pixels = np.arange(10 * 20 * 3, dtype=np.uint8).reshape(10, 20, 3)

    np.testing.assert_array_equal(crop(pixels, (0.25, 0.5, 0.5, 0.3)), pixels[5:8, 5:15])
    np.testing.assert_array_equal(crop(pixels, [0, 0, 1, 1]), pixels)


def test_crop_keeps_at_least_one_pixel() -> None:
    pixels = np.zeros((10, 20, 3), dtype=np.uint8)

    assert crop(pixels, (0.999, 0.999, 1e-6, 1e-6)).shape == (1, 1, 3)


@pytest.mark.parametrize(
    "box",
    [
        (0, 0, 0, 1),
        (0, 0, -0.5, 1),
        (-0.1, 0, 0.5, 0.5),
        (0.6, 0, 0.5, 0.5),
        (1, 0, 0.5, 0.5),
        (0, 0, float("nan"), 1),
        (0, 0, float("inf"), 1),
        (0, 0, 1),
        (0, 0, 1, 1, 1),
        ("a", 0, 1, 1),
        None,
    ],
)
def test_senseless_crop_is_refused(box: object) -> None:
    with pytest.raises(InvalidInput):
        crop(np.zeros((10, 10, 3), dtype=np.uint8), box)  # type: ignore[arg-type]


def test_thumbnail_fits_and_is_plain() -> None:
    thumbnail = Image.open(io.BytesIO(encode_thumbnail(np.asarray(picture(800, 400)))))

    assert (thumbnail.format, thumbnail.size, thumbnail.mode) == ("JPEG", (320, 160), "RGB")
    assert set(thumbnail.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert not thumbnail.getexif()


def test_thumbnail_is_never_enlarged() -> None:
    assert Image.open(io.BytesIO(encode_thumbnail(np.asarray(picture(20, 10))))).size == (20, 10)
