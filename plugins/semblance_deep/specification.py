"""What has to be said of a torchvision network to make it an extractor."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrunkSpecification:
    """Where the trunk of a torchvision network ends and which published weights go with it.

    Attributes
    ----------
    architecture : str
        Name in torchvision's model registry.
    published : str
        Full name of a torchvision weights enum member; its transforms give input size, interpolation, mean, deviation.
    layer : str
        Node whose output, (channels, height, width), is averaged over height and width.
    head : str
        Prefix of the parameters behind the trunk, which a weights file need not have.
    """

    architecture: str
    published: str
    layer: str = "features"
    head: str = "classifier."
