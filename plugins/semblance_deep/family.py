"""The torchvision family: one adapter, and a declaration for every network."""

import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from semblance.extractors.contract import (
    Availability,
    Distance,
    ExtractorContext,
    ExtractorUnavailable,
    Kind,
    Pixels,
    Vectors,
)
from semblance_deep.specification import TrunkSpecification
from semblance_deep.weights import WeightsFile

if TYPE_CHECKING:
    from semblance_deep.network import Trunk

_MICRO_BATCH = 16


class TorchvisionTrunk:
    """Average-pooled convolutional features of a torchvision network; subclasses are declarations.

    The whole image is scaled to the network's input square (so its proportions change) and normalised as the published
    weights want it; the maps of the last convolution are averaged over the image and scaled to unit length.
    """

    kind: ClassVar[Kind] = "deep"
    distance: ClassVar[Distance] = "cosine"
    heavy: ClassVar[bool] = True
    name: ClassVar[str]
    version: ClassVar[str]
    dimension: ClassVar[int]
    description: ClassVar[str]
    reference: ClassVar[str]
    specification: ClassVar[TrunkSpecification]

    def __init__(self, context: ExtractorContext) -> None:
        """Keep the context; nothing is imported or read."""
        self._context = context
        self._weights = WeightsFile(context.weights_dir, self.name)
        self._trunk: Trunk | None = None
        self._trunk_digest = ""

    def availability(self) -> Availability:
        """Look whether PyTorch is installed and the weights file is there."""
        if find_spec("torch") is None or find_spec("torchvision") is None:
            return Availability(available=False, reason="PyTorch is missing: run pip install 'semblance[deep]'.")
        if not self._weights.exists():
            reason = (
                f"The weights of {self.name} are missing: run python manage.py weights fetch {self.name}, "
                f"or python manage.py weights import {self.name} FILE where there is no network."
            )
            return Availability(available=False, reason=reason)
        return Availability(available=True)

    def weights_digest(self) -> str:
        """Return the SHA-256 of the weights file, ``""`` while it is missing."""
        return self._weights.digest()

    def extract(self, images: Sequence[Pixels]) -> Vectors:
        """Compute one vector an image, a few images at a time so that memory stays bounded.

        Parameters
        ----------
        images : sequence of (H, W, 3) uint8 arrays
            Upright RGB.

        Returns
        -------
        (len(images), dimension) float32 array
            Rows of unit length.

        Raises
        ------
        ExtractorUnavailable
            If PyTorch, the weights or the device are missing, or the weights file does not fit.
        """
        vectors = np.empty((len(images), self.dimension), dtype=np.float32)
        if len(images):
            trunk = self._ready_trunk()
            for start in range(0, len(images), _MICRO_BATCH):
                some = images[start : start + _MICRO_BATCH]
                vectors[start : start + len(some)] = trunk.features(some)
        return vectors

    def import_weights(self, path: Path) -> str:
        """Check a weights file with torchvision's keys, copy it into the weights folder and return its SHA-256.

        The head may be missing or of another size: it is not used.

        Raises
        ------
        ValueError
            If the file does not fit; the message says what does not.
        ExtractorUnavailable
            If PyTorch is missing.
        """
        self._require_torch()
        from semblance_deep.network import read_state

        def check(copy: Path) -> None:
            read_state(self.specification, copy)

        return self._weights.install(path, check)

    def fetch_weights(self) -> str:
        """Download torchvision's published weights, with progress on standard error, and return their SHA-256.

        Raises
        ------
        ExtractorUnavailable
            If PyTorch is missing, or the download fails or has another hash than published.
        """
        self._require_torch()
        from semblance_deep.network import download, published_url

        with tempfile.TemporaryDirectory(prefix="semblance-weights-") as folder:
            file = Path(folder) / f"{self.name}.pth"
            try:
                download(published_url(self.specification), file)
            except ExtractorUnavailable as error:
                message = f"{error} Where there is no network, run python manage.py weights import {self.name} FILE."
                raise ExtractorUnavailable(message) from error
            return self.import_weights(file)

    def _require_torch(self) -> None:
        if find_spec("torch") is None or find_spec("torchvision") is None:
            raise ExtractorUnavailable(self.availability().reason)

    def _ready_trunk(self) -> "Trunk":
        """Load the network at first need, and again when other weights have been imported meanwhile."""
        status = self.availability()
        if not status.available:
            raise ExtractorUnavailable(status.reason)
        digest = self._weights.digest()
        if self._trunk is None or self._trunk_digest != digest:
            self._trunk, self._trunk_digest = self._loaded_trunk(), digest
        return self._trunk

    def _loaded_trunk(self) -> "Trunk":
        from semblance_deep.network import Trunk

        context = self._context
        try:
            return Trunk(self.specification, self._weights.path, context.device, context.threads)
        except ValueError as error:
            message = f"{error} Import weights that fit: python manage.py weights import {self.name} FILE."
            raise ExtractorUnavailable(message) from error


class MobileNetV2(TorchvisionTrunk):
    """MobileNetV2 without its classifier, trained on ImageNet.

    References
    ----------
    M. Sandler et al.: MobileNetV2: Inverted residuals and linear bottlenecks. CVPR 2018.
    https://doi.org/10.1109/CVPR.2018.00474
    """

    name = "mobilenet-v2"
    version = "1"
    dimension = 1280
    description = "What is in an image, as a small network trained on ImageNet sees it; quick without a GPU."
    reference = "Sandler et al., MobileNetV2, CVPR 2018, https://doi.org/10.1109/CVPR.2018.00474"
    specification = TrunkSpecification("mobilenet_v2", "MobileNet_V2_Weights.IMAGENET1K_V1")


class VGG16(TorchvisionTrunk):
    """The 7 x 7 x 512 convolutional features of VGG-16, averaged.

    References
    ----------
    K. Simonyan, A. Zisserman: Very deep convolutional networks for large-scale image recognition. ICLR 2015.
    https://doi.org/10.48550/arXiv.1409.1556
    """

    name = "vgg16"
    version = "1"
    dimension = 512
    description = "What is in an image, as the classical deep network VGG-16 trained on ImageNet sees it; slow."
    reference = "Simonyan and Zisserman, ICLR 2015, https://doi.org/10.48550/arXiv.1409.1556"
    specification = TrunkSpecification("vgg16", "VGG16_Weights.IMAGENET1K_V1")
