"""The registry: finds plugins by entry points and reports the faulty ones."""

from dataclasses import asdict
from pathlib import Path

import pytest

from semblance.extractors import registry
from semblance.extractors.contract import Extractor, ExtractorContext
from tests.extractors.distributions import add_distribution, mean_module

CONTEXT = ExtractorContext(weights_dir=Path("missing"))


def install(folder: Path, source: str, *, point: str = "mean", target: str = "mean_plugin:Mean") -> None:
    add_distribution(folder, name="mean-plugin", entry_points={point: target}, modules={"mean_plugin": source})
    registry.reload()


def found(extractor: str) -> list[str]:
    return [problem.code for problem in registry.problems(CONTEXT) if problem.extractor == extractor]


def test_own_plugins_are_installed_and_sound() -> None:
    assert {"color-histogram", "mobilenet-v2", "vgg16"} <= set(registry.installed())
    assert registry.problems(CONTEXT) == []


def test_plugin_of_another_distribution_is_found(plugins_folder: Path) -> None:
    install(plugins_folder, mean_module("mean"))

    assert registry.installed()["mean"].__name__ == "Mean"
    assert found("mean") == []


def test_installed_is_found_once_a_process(plugins_folder: Path) -> None:
    before = registry.installed()
    add_distribution(
        plugins_folder,
        name="late",
        entry_points={"late": "late_plugin:Mean"},
        modules={"late_plugin": mean_module("late")},
    )

    assert registry.installed() is before
    registry.reload()
    assert "late" in registry.installed()


def test_every_plugin_keeps_the_protocol() -> None:
    for name in registry.installed():
        assert isinstance(registry.get(name, CONTEXT), Extractor)


def test_get_gives_one_instance_a_context() -> None:
    other = ExtractorContext(weights_dir=Path("elsewhere"))

    assert registry.get("color-histogram", CONTEXT) is registry.get("color-histogram", CONTEXT)
    assert registry.get("color-histogram", CONTEXT) is not registry.get("color-histogram", other)


def test_unknown_extractor_is_named_with_the_known_ones() -> None:
    with pytest.raises(registry.UnknownExtractor, match=r"no extractor 'sift'; installed are: .*color-histogram"):
        registry.get("sift", CONTEXT)


def test_description_has_the_fields_of_the_api() -> None:
    described = registry.describe("vgg16", CONTEXT)

    assert list(described) == [
        "name",
        "version",
        "kind",
        "dimension",
        "distance",
        "available",
        "reason",
        "description",
        "reference",
    ]
    assert (described["available"], described["dimension"]) == (False, 512)
    assert "weights import vgg16" in described["reason"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"reference": "pass"}, "missing-attribute"),
        ({"dimension": "pass"}, "missing-attribute"),
        ({"dimension": "dimension = 0"}, "wrong-attribute"),
        ({"dimension": "dimension = 4001"}, "wrong-attribute"),
        ({"dimension": "dimension = '3'"}, "wrong-attribute"),
        ({"dimension": "dimension = True"}, "wrong-attribute"),
        ({"kind": "kind = 'colour'"}, "wrong-attribute"),
        ({"distance": "distance = 'chi2'"}, "wrong-attribute"),
        ({"version": "version = 1"}, "wrong-attribute"),
        ({"version": "version = 'v' * 41"}, "wrong-attribute"),
        ({"description": "description = ' '"}, "wrong-attribute"),
        ({"heavy": "heavy = 1"}, "wrong-attribute"),
        ({"def weights_digest": "def digest(self):"}, "missing-attribute"),
        ({"name": "name = 'median'"}, "name-mismatch"),
        ({"import os": "import no_such_module"}, "import-error"),
        ({"self.context": "raise ValueError('no')"}, "construction-error"),
        ({"return Availability": "raise OSError('no')"}, "construction-error"),
        ({"return np": "raise ZeroDivisionError"}, "extraction-error"),
        ({"return np": "return np.zeros((len(images), 4), np.float32)"}, "wrong-vector"),
        ({"return np": "return np.zeros((len(images), 3))"}, "wrong-vector"),
        ({"return np": "return np.full((len(images), 3), np.nan, np.float32)"}, "wrong-vector"),
        ({"return np": "return np.full((len(images), 3), 7e4, np.float32)"}, "wrong-vector"),
        ({"return np": "return [[0, 0, 0]] * len(images)"}, "wrong-vector"),
        ({"distance": "distance = 'cosine'"}, "wrong-vector"),
    ],
)
def test_faulty_plugin_is_reported(plugins_folder: Path, changes: dict[str, str], code: str) -> None:
    install(plugins_folder, mean_module("mean", changes))

    assert found("mean") == [code]
    problem = next(problem for problem in registry.problems(CONTEXT) if problem.extractor == "mean")
    assert all(asdict(problem).values())


def test_attribute_in_place_of_a_method_is_reported(plugins_folder: Path) -> None:
    install(plugins_folder, mean_module("mean") + "Mean.weights_digest = 'none'\n")

    assert found("mean") == ["wrong-attribute"]


def test_plugin_with_faulty_declaration_is_not_used(plugins_folder: Path) -> None:
    install(plugins_folder, mean_module("mean", {"dimension": "dimension = 0"}))

    assert "mean" not in registry.installed()


def test_faulty_plugin_leaves_the_others_alone(plugins_folder: Path) -> None:
    install(plugins_folder, "raise SystemError('broken on import')")

    assert found("mean") == ["import-error"]
    assert "color-histogram" in registry.installed()


def test_all_faults_of_a_plugin_are_reported_at_once(plugins_folder: Path) -> None:
    install(plugins_folder, mean_module("mean", {"kind": "kind = 'x'", "dimension": "pass", "name": "name = 'Mean'"}))

    assert found("mean") == ["missing-attribute", "wrong-attribute", "wrong-attribute", "name-mismatch"]


def test_function_as_entry_point_is_reported(plugins_folder: Path) -> None:
    install(plugins_folder, "def make(context): ...", target="mean_plugin:make")

    assert found("mean") == ["not-a-class"]


def test_name_claimed_twice_is_reported_and_unused(plugins_folder: Path) -> None:
    install(plugins_folder, mean_module("color-histogram"), point="color-histogram")

    assert found("color-histogram") == ["duplicate-name"]
    assert "color-histogram" not in registry.installed()


def test_heavy_plugin_is_not_tried_at_start_up(plugins_folder: Path) -> None:
    install(plugins_folder, mean_module("mean", {"return np": "raise ZeroDivisionError"}, heavy=True))

    assert found("mean") == []


def test_unavailable_plugin_is_not_tried_at_start_up(plugins_folder: Path) -> None:
    unavailable = {"return Availability": "return Availability(False, 'x')", "return np": "raise ZeroDivisionError"}
    install(plugins_folder, mean_module("mean", unavailable))

    assert found("mean") == []
