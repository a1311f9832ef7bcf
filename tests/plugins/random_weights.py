"""Networks with seeded random weights, and pictures to put through them."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torchvision.models import get_model

from semblance.extractors.contract import ExtractorContext

PICTURES = [
    np.random.default_rng(side).integers(0, 256, (side, 2 * side, 3), dtype=np.uint8) for side in (40, 150, 300)
]


def context(folder: Path, device: str = "cpu") -> ExtractorContext:
    return ExtractorContext(weights_dir=folder, device=device, threads=1)


def state_of(architecture: str, seed: int = 0) -> dict[str, Tensor]:
    """Parameters by chance, with batch norms that have seen pictures: without, all pictures look the same to them."""
    torch.manual_seed(seed)
    network = get_model(architecture, weights=None)
    norms = [module for module in network.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = None
    if norms:
        with torch.no_grad():
            network(torch.randn(4, 3, 1, 1) + torch.randn(4, 3, 64, 64))
    state: dict[str, Tensor] = network.state_dict()
    return state
