"""A torchvision network cut after its convolutions. The only module here that imports torch, so import it late."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.hub import download_url_to_file
from torchvision.models import get_model, get_weight
from torchvision.models.feature_extraction import create_feature_extractor
from torchvision.transforms import functional

from semblance.extractors.contract import ExtractorUnavailable, Pixels, Vectors
from semblance_deep.specification import TrunkSpecification

_NAMED_KEYS = 3


class Trunk:
    """A network with weights on a device, ready to extract.

    Parameters
    ----------
    specification : TrunkSpecification
    weights : Path
        State dictionary with torchvision's keys.
    device : str
        ``"auto"``, ``"cpu"`` or ``"cuda"``.
    threads : int
        CPU threads of the whole process; 0 leaves them as they are.

    Raises
    ------
    ValueError
        If the weights do not fit.
    ExtractorUnavailable
        If CUDA is asked for and not there.
    """

    def __init__(self, specification: TrunkSpecification, weights: Path, device: str, threads: int) -> None:
        if threads:
            torch.set_num_threads(threads)
        self._device = _device(device)
        self._preset: Any = get_weight(specification.published).transforms()
        network = _empty(specification)
        state = read_state(specification, weights)
        trunk = create_feature_extractor(network, {specification.layer: "map"})
        wanted = trunk.state_dict().keys()
        trunk.load_state_dict({key: state[key] for key in wanted}, assign=True)
        # The layout that images come in, channels last, is also the quicker one on CPUs.
        self._trunk = trunk.eval().to(self._device, memory_format=torch.channels_last)

    def features(self, images: Sequence[Pixels]) -> Vectors:
        """Return the averaged maps of a few images, unit length, as a (len(images), channels) float32 array."""
        with torch.inference_mode():
            maps = self._trunk(self._prepared(images))["map"]
            vectors: Vectors = nn.functional.normalize(maps.mean(dim=(2, 3))).cpu().numpy()
        return vectors

    def _prepared(self, images: Sequence[Pixels]) -> Tensor:
        """Scale whole images to the network's input square and normalise them, (len(images), 3, side, side) float32.

        The published transforms cut out the centre. Search must see the borders too, and on Caltech-101 the whole
        image, squeezed, retrieves better (MAP 68.3 against 67.5 for MobileNetV2).
        """
        side = self._preset.crop_size[0]
        squares = [
            functional.resize(Image.fromarray(np.ascontiguousarray(image)), [side, side], self._preset.interpolation)
            for image in images
        ]
        batch = torch.from_numpy(np.stack([np.asarray(square) for square in squares])).to(self._device)
        scaled = batch.permute(0, 3, 1, 2).to(torch.float32) / 255.0
        normalised: Tensor = functional.normalize(scaled, self._preset.mean, self._preset.std)
        return normalised


def read_state(specification: TrunkSpecification, path: Path) -> Mapping[str, Tensor]:
    """Read a weights file and check it against the network.

    Returns
    -------
    mapping of str to Tensor
        float32 parameters and buffers of the trunk, on the CPU.

    Raises
    ------
    ValueError
        If the file is no plain state dictionary, or a key is missing, unknown, of another shape or not finite.
    """
    loaded = _load(path)
    network = _empty(specification).state_dict()
    wanted = {key: value for key, value in network.items() if not key.startswith(specification.head)}
    faults = [
        _fault("lacks", wanted.keys() - loaded.keys()),
        _fault("has keys unknown to the network:", loaded.keys() - network.keys()),
        _fault("has other shapes at", {key for key in wanted.keys() & loaded.keys() if _differs(wanted, loaded, key)}),
        _fault(
            "has values that are not finite at", {key for key, value in loaded.items() if not value.isfinite().all()}
        ),
    ]
    if found := [fault for fault in faults if fault]:
        message = f"{path.name} does not fit torchvision's {specification.architecture}: it {'; it '.join(found)}."
        raise ValueError(message)
    return {key: loaded[key].to(value.dtype) for key, value in wanted.items()}


def published_url(specification: TrunkSpecification) -> str:
    """Return the address of the published weights; its file name ends in the first digits of their SHA-256."""
    return str(get_weight(specification.published).url)


def download(url: str, target: Path) -> None:
    """Download published weights to a file, with progress on standard error.

    Raises
    ------
    ExtractorUnavailable
        If the address cannot be reached or what comes has another SHA-256 than its file name says.
    """
    published_prefix = Path(url).stem.rpartition("-")[2]
    try:
        download_url_to_file(url, str(target), hash_prefix=published_prefix)
    except (OSError, RuntimeError) as error:
        message = f"{url} could not be fetched: {error}."
        raise ExtractorUnavailable(message) from error


def _load(path: Path) -> dict[str, Tensor]:
    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except OSError:
        raise
    except Exception as error:  # torch raises many types for files that are not its own
        message = f"{path.name} is not a weights file that PyTorch can read safely (plain tensors only)."
        raise ValueError(message) from error
    if not isinstance(loaded, dict) or not all(isinstance(value, Tensor) for value in loaded.values()):
        message = f"{path.name} holds no plain state dictionary of tensors: save model.state_dict()."
        raise ValueError(message)
    return loaded


def _empty(specification: TrunkSpecification) -> nn.Module:
    """Build the network without memory for its parameters: they come from the file, never from chance."""
    with torch.device("meta"):
        network: nn.Module = get_model(specification.architecture, weights=None)
    return network.eval()


def _differs(wanted: Mapping[str, Tensor], loaded: Mapping[str, Tensor], key: str) -> bool:
    return wanted[key].shape != loaded[key].shape


def _fault(what: str, keys: set[str]) -> str:
    if not keys:
        return ""
    named = sorted(keys)[:_NAMED_KEYS]
    more = f" and {len(keys) - len(named)} more" if len(keys) > len(named) else ""
    return f"{what} {', '.join(named)}{more}"


def _device(name: str) -> torch.device:
    there = torch.cuda.is_available()
    if name == "cuda" and not there:
        message = "CUDA is asked for and PyTorch finds no such device: set the device to auto or cpu."
        raise ExtractorUnavailable(message)
    return torch.device("cuda" if there and name in {"auto", "cuda"} else "cpu")
