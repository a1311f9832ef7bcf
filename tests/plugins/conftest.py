"""Weights files of random networks."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from tests.plugins.declared_networks import SqueezeNet
from tests.plugins.random_weights import context, state_of


@pytest.fixture(scope="session")
def weights_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Give the file of a network's seeded random weights, without the head, as torchvision keys it."""
    folder = tmp_path_factory.mktemp("weights")

    def saved(architecture: str) -> Path:
        file = folder / f"{architecture}.pth"
        if not file.exists():
            heads = ("classifier.", "fc.")
            torch.save({key: value for key, value in state_of(architecture).items() if not key.startswith(heads)}, file)
        return file

    return saved


@pytest.fixture
def squeezenet(tmp_path: Path, weights_of: Callable[[str], Path]) -> SqueezeNet:
    extractor = SqueezeNet(context(tmp_path / "weights"))
    extractor.import_weights(weights_of("squeezenet1_1"))
    return extractor
