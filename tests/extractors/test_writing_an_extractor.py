"""docs/writing-an-extractor.md: its plugin works, and it names everything the contract asks for."""

import importlib
import re
import tomllib
from pathlib import Path
from typing import get_args

import pytest

from semblance.extractors import registry
from semblance.extractors.contract import LARGEST_VALUE, MAX_DIMENSION, Distance, Extractor, ExtractorContext, Kind
from semblance.extractors.testing import ExtractorConformance
from tests.extractors.distributions import add_distribution

PAGE = (Path(__file__).parents[2] / "docs" / "writing-an-extractor.md").read_text()
CONTEXT = ExtractorContext(weights_dir=Path("missing"))
RULES = [name for name in vars(ExtractorConformance) if name.startswith("test_")]


def block(start: str) -> str:
    """Return the first code block after a line that starts so."""
    found = re.search(rf"^{re.escape(start)}.*?^```\w+\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert found, f"no code block after {start}"
    return found[1]


@pytest.fixture
def example(plugins_folder: Path) -> type[Extractor]:
    project = tomllib.loads(block("`pyproject.toml`:"))["project"]
    add_distribution(
        plugins_folder,
        name=project["name"],
        entry_points=project["entry-points"]["semblance.extractors"],
        modules={"semblance_brightness": block("`semblance_brightness.py`:")},
    )
    registry.reload()
    return registry.installed()["brightness-histogram"]


def test_example_is_sound(example: type[Extractor]) -> None:
    assert registry.problems(CONTEXT) == []
    assert example.dimension == 16


@pytest.mark.parametrize("rule", RULES)
def test_example_passes_its_own_tests(example: type[Extractor], plugins_folder: Path, rule: str) -> None:
    (plugins_folder / "brightness_suite.py").write_text(block("`test_brightness.py`:"))
    suite = importlib.import_module("brightness_suite").TestBrightnessHistogram
    suite.setup_class()

    getattr(suite(), rule)()

    assert suite.extractor_class is example


def test_example_network_is_sound(plugins_folder: Path) -> None:
    modules = {"further_network": block("A further network of torchvision")}
    add_distribution(
        plugins_folder, name="further", entry_points={"resnet50": "further_network:ResNet50"}, modules=modules
    )
    registry.reload()

    assert registry.problems(CONTEXT) == []
    assert "weights fetch resnet50" in registry.describe("resnet50", CONTEXT)["reason"]


def test_page_names_every_part_of_the_contract() -> None:
    attributes = [name for name in Extractor.__annotations__ if not name.startswith("_")]
    methods = [name for name in vars(Extractor) if not name.startswith("_")]
    fields = list(ExtractorContext.__dataclass_fields__)
    parts = [*attributes, *methods, *fields, "import_weights", "fetch_weights", *get_args(Kind), *get_args(Distance)]

    assert [part for part in parts if not re.search(rf"`{part}\b", PAGE)] == []
    assert f"1 to {MAX_DIMENSION}" in PAGE
    assert f"±{LARGEST_VALUE:.0f}" in PAGE
