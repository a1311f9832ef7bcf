"""The plugin's own suite, as its author runs it."""

import numpy as np
from mean_color_grid import MeanColorGrid

from semblance.extractors import registry
from semblance.extractors.testing import ExtractorConformance


class TestMeanColorGrid(ExtractorConformance):
    extractor_class = MeanColorGrid

    def test_entry_point_leads_here(self) -> None:
        assert registry.installed()["mean-color-grid"] is MeanColorGrid

    def test_cells_are_means(self) -> None:
        image = np.zeros((8, 8, 3), dtype=np.uint8)
        image[:2, :2] = (255, 0, 51)

        vector = self.extractor.extract([image])[0]

        np.testing.assert_allclose(vector[:6], [1, 0, 0.2, 0, 0, 0])
