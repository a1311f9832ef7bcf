"""The torchvision family: agreement with torchvision, conformance, and figures on real sets."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from torchvision.models import VGG16_Weights, get_model
from torchvision.transforms import functional

from semblance.extractors import registry
from semblance.extractors.contract import Pixels
from semblance.extractors.testing import ExtractorConformance
from semblance_deep.family import VGG16, MobileNetV2, TorchvisionTrunk
from tests.plugins.declared_networks import ResNet18, SqueezeNet
from tests.plugins.leave_one_out import labelled_pictures, mean_average_precision
from tests.plugins.random_weights import PICTURES, context, state_of


def normalised(picture: Pixels) -> Tensor:
    """Prepare a picture as torchvision's presets do, with the whole image in place of the centre crop."""
    scaled = functional.resize(
        Image.fromarray(picture), [224, 224], VGG16_Weights.IMAGENET1K_V1.transforms().interpolation
    )
    prepared: Tensor = functional.normalize(functional.to_tensor(scaled), (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    return prepared


@pytest.mark.parametrize(
    ("plugin", "maps"),
    [
        (VGG16, lambda network, batch: network.features(batch)),
        (MobileNetV2, lambda network, batch: network.features(batch)),
        (SqueezeNet, lambda network, batch: network.features(batch)),
        (
            ResNet18,
            lambda network, batch: torch.nn.Sequential(*list(network.children())[:-2])(batch),
        ),
    ],
)
def test_vectors_agree_with_torchvision(
    plugin: type[TorchvisionTrunk],
    maps: Callable[[torch.nn.Module, Tensor], Tensor],
    weights_of: Callable[[str], Path],
    tmp_path: Path,
) -> None:
    """Seeded random weights through torchvision's own network and forward pass, and through ours."""
    architecture = plugin.specification.architecture
    network = get_model(architecture, weights=None)
    network.load_state_dict(state_of(architecture))
    network.eval()
    with torch.inference_mode():
        features = maps(network, torch.stack([normalised(picture) for picture in PICTURES])).mean(dim=(2, 3))
        expected = torch.nn.functional.normalize(features).numpy()
    extractor = plugin(context(tmp_path))
    extractor.import_weights(weights_of(architecture))

    vectors = extractor.extract(PICTURES)

    assert np.ptp(expected, axis=0).max() > 0.01
    np.testing.assert_allclose(vectors, expected, atol=1e-5)


def test_vgg_maps_are_seven_by_seven(weights_of: Callable[[str], Path]) -> None:
    network = get_model("vgg16", weights=None)
    network.load_state_dict(torch.load(weights_of("vgg16"), weights_only=True), strict=False)

    with torch.inference_mode():
        assert network.features(torch.zeros(1, 3, 224, 224)).shape == (1, 512, 7, 7)


def test_many_pictures_give_what_few_give(squeezenet: SqueezeNet) -> None:
    pictures = [np.roll(PICTURES[0], shift, axis=0) for shift in range(37)]

    together = squeezenet.extract(pictures)

    np.testing.assert_allclose(
        together[[0, 15, 16, 36]], squeezenet.extract([pictures[i] for i in (0, 15, 16, 36)]), atol=1e-5
    )


def test_without_torch_every_network_is_unavailable_with_the_command(tmp_path: Path) -> None:
    """An interpreter whose only libraries are NumPy and Pillow: the real thing, without torch."""
    for library in (np, Image):
        package = Path(str(library.__file__)).parent
        (tmp_path / package.name).symlink_to(package)
        for bundled in package.parent.glob(f"{'pillow' if package.name == 'PIL' else package.name}.libs"):
            (tmp_path / bundled.name).symlink_to(bundled)
    roots = [path for path in sys.path if path.endswith(("/platform", "/plugins"))]
    script = f"""
import pathlib, sys
sys.path[:0] = {[*roots, str(tmp_path)]!r}
import numpy
from semblance.extractors.contract import ExtractorContext, ExtractorUnavailable
from semblance_deep.family import MobileNetV2
extractor = MobileNetV2(ExtractorContext(weights_dir=pathlib.Path("missing")))
print(extractor.availability().reason)
for act in (extractor.fetch_weights, lambda: extractor.import_weights(pathlib.Path("x")),
            lambda: extractor.extract([numpy.zeros((2, 2, 3), numpy.uint8)])):
    try:
        act()
    except ExtractorUnavailable as error:
        print(error)
"""
    run = subprocess.run([sys.executable, "-I", "-S", "-c", script], capture_output=True, text=True, check=False)

    assert run.stderr == ""
    assert run.stdout.splitlines() == ["PyTorch is missing: run pip install 'semblance[deep]'."] * 4


class RandomWeightsConformance(ExtractorConformance):
    """The kit on a network with seeded random weights, which need no file from elsewhere."""

    extractor_class: ClassVar[type[TorchvisionTrunk]]

    @classmethod
    def setup_class(cls) -> None:
        folder = Path(tempfile.mkdtemp(prefix="semblance-conformance-"))
        torch.save(state_of(cls.extractor_class.specification.architecture), folder / "random.pth")
        cls.context = context(folder)
        cls.extractor_class(cls.context).import_weights(folder / "random.pth")
        super().setup_class()

    @classmethod
    def teardown_class(cls) -> None:
        shutil.rmtree(cls.context.weights_dir)


class TestMobileNetV2Conformance(RandomWeightsConformance):
    extractor_class = MobileNetV2


class TestSqueezeNetConformance(RandomWeightsConformance):
    extractor_class = SqueezeNet


@pytest.mark.slow
class TestVGG16Conformance(RandomWeightsConformance):
    extractor_class = VGG16


def test_registry_offers_the_family() -> None:
    assert registry.installed()["mobilenet-v2"] is MobileNetV2
    assert registry.installed()["vgg16"] is VGG16


@pytest.mark.slow
@pytest.mark.parametrize(
    ("collection", "plain", "centred"),
    [("corel1k", 88.6, 90.3), ("caltech101", 68.3, 69.4)],
)
def test_mobilenet_reaches_its_figures(
    shared_data: Path, tmp_path: Path, collection: str, plain: float, centred: float
) -> None:
    extractor = MobileNetV2(context(tmp_path))
    extractor.import_weights(shared_data / "weights" / "mobilenet_v2_features_tv.pth")
    pictures, labels = labelled_pictures(shared_data / collection)

    vectors = extractor.extract(pictures)

    assert mean_average_precision(vectors, labels) == pytest.approx(plain, abs=0.1)
    assert mean_average_precision(vectors, labels, centred=True) == pytest.approx(centred, abs=0.1)


@pytest.mark.slow
def test_complete_published_file_is_taken_and_useful(shared_data: Path, tmp_path: Path) -> None:
    """SqueezeNet as torchvision publishes it, with its head, through the same code."""
    extractor = SqueezeNet(context(tmp_path))
    extractor.import_weights(shared_data / "weights" / "squeezenet1_1_tv.pth")
    pictures, labels = labelled_pictures(shared_data / "corel1k")

    vectors = extractor.extract(pictures)

    assert mean_average_precision(vectors, labels) > 70
