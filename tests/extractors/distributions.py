"""Installs small distributions for tests: real entry points on a real import path, nothing faked."""

from collections.abc import Mapping
from pathlib import Path

MODULE = """
import os, time
import numpy as np
from semblance.extractors.contract import Availability, ExtractorUnavailable


class Mean:
    name = "{name}"
    version = "1"
    kind = "color"
    dimension = 3
    distance = "euclidean"
    heavy = {heavy}
    description = "Mean color."
    reference = "None."

    def __init__(self, context):
        self.context = context

    def availability(self):
        return Availability(available=True)

    def weights_digest(self):
        return ""

    def extract(self, images):
        return np.array([image.mean(axis=(0, 1)) for image in images], dtype=np.float32).reshape(-1, 3)
"""


def add_distribution(folder: Path, *, name: str, entry_points: dict[str, str], modules: dict[str, str]) -> None:
    """Lay out an installed distribution in a folder that is, or will be, on the import path."""
    for module, source in modules.items():
        (folder / f"{module}.py").write_text(source)
    metadata = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = [f"{point} = {target}" for point, target in entry_points.items()]
    (metadata / "entry_points.txt").write_text("[semblance.extractors]\n" + "\n".join(lines) + "\n")


def mean_module(name: str, changes: Mapping[str, str] | None = None, *, heavy: bool = False) -> str:
    """Return the source of a module with a sound extractor ``Mean``; ``changes`` exchanges lines by how they start."""
    lines = MODULE.format(name=name, heavy=heavy).splitlines()
    for start, line in (changes or {}).items():
        lines = [
            " " * (len(old) - len(old.lstrip())) + line if old.lstrip().startswith(start) else old for old in lines
        ]
    return "\n".join(lines) + "\n"
