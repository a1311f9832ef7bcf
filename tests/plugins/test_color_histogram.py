"""The HSV histogram: its bins, its figure on Corel-1k, and what every extractor owes."""

from pathlib import Path

import numpy as np
import pytest
from skimage.color import rgb2hsv

from semblance.extractors.contract import ExtractorContext, Pixels, Vectors
from semblance.extractors.testing import ExtractorConformance
from semblance_color.histogram import ColorHistogram
from tests.plugins.leave_one_out import labelled_pictures, mean_average_precision


class TestColorHistogramConformance(ExtractorConformance):
    extractor_class = ColorHistogram


def histogram(*pictures: Pixels) -> Vectors:
    return ColorHistogram(ExtractorContext(weights_dir=Path("missing"))).extract(pictures)


def plain(red: int, green: int, blue: int, size: int = 4) -> Pixels:
    return np.full((size, size, 3), (red, green, blue), dtype=np.uint8)


@pytest.mark.parametrize(
    ("color", "position"),
    [
        ((0, 0, 0), 0),
        ((255, 255, 255), 3),
        ((128, 128, 128), 2),
        ((255, 0, 0), 15),
        ((0, 255, 0), 16 * 2 + 15),
        ((0, 0, 255), 16 * 5 + 15),
        ((200, 50, 50), 4 * 2 + 3),
    ],
)
def test_plain_color_fills_its_bin_alone(color: tuple[int, int, int], position: int) -> None:
    expected = np.zeros(128, dtype=np.float32)
    expected[position] = 1.0

    np.testing.assert_array_equal(histogram(plain(*color))[0], expected)


def test_histogram_holds_square_roots_of_shares() -> None:
    picture = np.concatenate([plain(255, 0, 0, 3), plain(0, 0, 255, 3), plain(0, 0, 255, 3), plain(0, 0, 255, 3)])

    vector = histogram(picture)[0]

    np.testing.assert_allclose(vector[[15, 16 * 5 + 15]], np.sqrt([0.25, 0.75]), rtol=1e-6)
    assert np.count_nonzero(vector) == 2


def test_histogram_agrees_with_floating_point_conversion() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    hue, saturation, value = np.moveaxis(rgb2hsv(picture), -1, 0)
    bins = 16 * np.minimum(hue * 8, 7).astype(int)
    bins += 4 * np.minimum(saturation * 4, 3).astype(int) + np.minimum(value * 4, 3).astype(int)
    reference = np.sqrt(np.bincount(bins.ravel(), minlength=128) / bins.size)

    vector = histogram(picture)[0]

    assert float(vector @ reference) > 0.999


def test_histogram_ignores_where_colors_lie() -> None:
    picture = np.random.default_rng(2).integers(0, 256, (40, 30, 3), dtype=np.uint8)
    shuffled = np.random.default_rng(3).permutation(picture.reshape(-1, 3)).reshape(30, 40, 3)

    one, other = histogram(picture, shuffled)

    np.testing.assert_array_equal(one, other)


@pytest.mark.slow
def test_histogram_reaches_the_figure_on_corel1k(shared_data: Path) -> None:
    pictures, labels = labelled_pictures(shared_data / "corel1k")

    vectors = histogram(*pictures)

    assert mean_average_precision(vectors, labels) == pytest.approx(50.5, abs=0.1)
    assert mean_average_precision(vectors, labels, centred=True) == pytest.approx(53.0, abs=0.1)
