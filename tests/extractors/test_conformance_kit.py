"""The conformance kit must be able to fail: each of its tests catches an extractor that breaks its rule."""

import importlib
from pathlib import Path
from unittest import SkipTest

import pytest

from semblance.extractors.testing import ExtractorConformance
from tests.extractors.distributions import mean_module

MEAN = "np.array([image.mean(axis=(0, 1)) for image in images], dtype=np.float32).reshape(-1, 3)"
FIRST_BYTES = "[np.frombuffer(image.tobytes('A')[:3], np.uint8) for image in images]"
RULES = [name for name in vars(ExtractorConformance) if name.startswith("test_")]
BREAKERS = {
    "test_declaration_is_sound": {"dimension": "dimension = 0"},
    "test_description_is_plain_data": {"description": "description = {1, 2}"},
    "test_construction_is_light": {"import os": "import os, time, torch"},
    "test_availability_says_why_not": {"return Availability": "return Availability(available=False)"},
    "test_weights_digest_is_sha256_or_empty": {'return ""': "return 'abc'"},
    "test_missing_weights_are_refused": {"return Availability": "return Availability(False, 'no weights')"},
    "test_every_picture_gets_a_vector": {"return np": f"return {MEAN} / (images[0].shape[0] > 1)"},
    "test_empty_batch_gives_no_rows": {"return np": "return np.vstack([image.mean(axis=(0, 1)) for image in images])"},
    "test_extraction_is_deterministic": {"return np": f"return {MEAN} + np.float32(np.random.rand())"},
    "test_batch_gives_what_single_pictures_give": {"return np": f"return {MEAN} - {MEAN}.mean(axis=0)"},
    "test_different_pictures_differ": {"return np": "return np.ones((len(images), 3), np.float32)"},
    "test_memory_layout_does_not_matter": {"return np": f"return np.array({FIRST_BYTES}, dtype=np.float32)"},
    "test_pictures_are_left_alone": {"return np": f"vectors = {MEAN}; [i.fill(0) for i in images]; return vectors"},
    "test_any_thread_may_extract": {
        "return np": f"import threading as t; return {MEAN} * (t.current_thread() is t.main_thread())"
    },
}


def kit_for(folder: Path, changes: dict[str, str]) -> ExtractorConformance:
    (folder / "mean_plugin.py").write_text(mean_module("mean", changes))
    plugin = importlib.import_module("mean_plugin").Mean
    kit: type[ExtractorConformance] = type("Kit", (ExtractorConformance,), {"extractor_class": plugin})
    kit.setup_class()
    return kit()


@pytest.mark.parametrize("rule", RULES)
def test_sound_extractor_passes(plugins_folder: Path, rule: str) -> None:
    getattr(kit_for(plugins_folder, {}), rule)()


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("rule", RULES)
def test_rule_catches_what_breaks_it(plugins_folder: Path, rule: str) -> None:
    kit = kit_for(plugins_folder, BREAKERS[rule])

    with pytest.raises((AssertionError, TypeError, ValueError)):
        getattr(kit, rule)()


def test_unavailable_extractor_is_skipped_with_its_reason(plugins_folder: Path) -> None:
    kit = kit_for(plugins_folder, {"return Availability": "return Availability(False, 'no weights here')"})

    with pytest.raises(SkipTest, match="no weights here"):
        kit.test_every_picture_gets_a_vector()
