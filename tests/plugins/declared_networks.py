"""Further networks of the torchvision family, declared as a plugin would declare them."""

from semblance_deep.family import TorchvisionTrunk
from semblance_deep.specification import TrunkSpecification


class SqueezeNet(TorchvisionTrunk):
    """A small network, quick enough for tests."""

    name = "squeezenet"
    version = "1"
    dimension = 512
    description = "SqueezeNet 1.1."
    reference = "Iandola et al., https://doi.org/10.48550/arXiv.1602.07360"
    specification = TrunkSpecification("squeezenet1_1", "SqueezeNet1_1_Weights.IMAGENET1K_V1")


class ResNet18(TorchvisionTrunk):
    """One whose trunk is no single module and whose head has another name."""

    name = "resnet18"
    version = "1"
    dimension = 512
    description = "ResNet-18."
    reference = "He et al., https://doi.org/10.1109/CVPR.2016.90"
    specification = TrunkSpecification("resnet18", "ResNet18_Weights.IMAGENET1K_V1", layer="layer4", head="fc.")
