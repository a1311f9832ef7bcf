"""A plugin of somebody else: built, installed, found, tested, used and removed, with nothing of it known here."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "third_party_plugin"
LOOK = """
import json, pathlib
import numpy as np
from semblance.extractors import channel, registry
from semblance.extractors.contract import ExtractorContext
context = ExtractorContext(weights_dir=pathlib.Path("missing"))
problems = [problem.message for problem in registry.problems(context)]
answer = {"installed": list(registry.installed()), "problems": problems}
if "mean-color-grid" in registry.installed():
    answer["described"] = registry.describe("mean-color-grid", context)
    white = np.full((9, 9, 3), 255, np.uint8)
    vector = channel.extract_one("mean-color-grid", white, context=context, socket_path=None)
    answer["vector"] = vector.tolist()
print(json.dumps(answer))
"""


def python(*arguments: str, path: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(path), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=False, env=environment, cwd=path.parent
    )


def look(path: Path) -> dict[str, object]:
    run = python("-c", LOOK, path=path)
    assert run.returncode == 0, run.stderr
    seen: dict[str, object] = json.loads(run.stdout)
    return seen


@pytest.mark.slow
def test_third_party_plugin_is_installed_used_and_removed(tmp_path: Path) -> None:
    source, installed = tmp_path / "source", tmp_path / "installed"
    shutil.copytree(SOURCE, source, ignore=shutil.ignore_patterns("conftest.py", "__pycache__"))
    installed.mkdir()
    before = look(installed)

    options = ["--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--target", str(installed)]
    pip = python("-m", "pip", "install", *options, str(source), path=installed)
    assert pip.returncode == 0, pip.stderr
    during = look(installed)
    suite = python("-m", "pytest", "-q", "-p", "no:cacheprovider", str(source / "tests"), path=installed)
    shutil.rmtree(installed)
    installed.mkdir()
    after = look(installed)

    assert "mean-color-grid" not in before["installed"]  # type: ignore[operator]
    assert set(during["installed"]) - set(before["installed"]) == {"mean-color-grid"}  # type: ignore[call-overload]
    assert during["problems"] == []
    assert during["vector"] == [1.0] * 48
    assert during["described"] == {
        "name": "mean-color-grid",
        "version": "1",
        "kind": "color",
        "dimension": 48,
        "distance": "euclidean",
        "available": True,
        "reason": "",
        "description": "Which color an image has where, on a coarse grid.",
        "reference": "Made as an example for Semblance; no publication.",
    }
    assert suite.returncode == 0, suite.stdout
    assert suite.stdout.splitlines()[-1].startswith("16 passed")
    assert after == before
