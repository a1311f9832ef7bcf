"""Rules of the house that no other tool holds."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flask_gateway.config import VARIABLES as GATEWAY_VARIABLES
from semblance.settings.env import PROJECT_DIR, VARIABLES

ROOTS = [PROJECT_DIR / name for name in ("platform", "plugins", "flask_gateway", "tests")]
LONGEST_FILE = 300
HEAVY = ("torch", "torchvision", "openvino", "onnxruntime")


def _sources(*roots: Path) -> Iterator[Path]:
    for root in roots or ROOTS:
        yield from sorted(path for path in root.rglob("*.py") if "migrations" not in path.parts)


def _name(path: Path) -> str:
    return str(path.relative_to(PROJECT_DIR))


def test_platform_is_no_package() -> None:
    assert not (PROJECT_DIR / "platform" / "__init__.py").exists()


def test_standard_platform_module_is_the_one_that_is_imported() -> None:
    result = subprocess.run(
        [sys.executable, "-c", "import platform; print(platform.system())"],
        cwd=PROJECT_DIR, capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert result.stdout.strip() in {"Linux", "Darwin", "Windows"}


def test_files_have_one_subject() -> None:
    too_long = {_name(path): lines for path in _sources() if (lines := _lines(path)) > LONGEST_FILE}

    assert too_long == {}


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_file_is_a_drawer() -> None:
    drawers = [_name(path) for path in _sources() if path.stem in {"utils", "helpers", "misc", "util", "helper"}]

    assert drawers == []


def test_only_env_reads_the_environment() -> None:
    allowed = {
        "platform/semblance/settings/env.py",
        "flask_gateway/config.py",  # the gateway's env.py
        "platform/semblance/cli.py",  # sets DJANGO_SETTINGS_MODULE
        "platform/semblance/wsgi.py",  # sets DJANGO_SETTINGS_MODULE
        "platform/semblance/common/supervision.py",  # hands the environment on to children, unread
    }
    sources = _sources(PROJECT_DIR / "platform", PROJECT_DIR / "plugins", PROJECT_DIR / "flask_gateway")

    readers = {_name(path) for path in sources if _mentions_environment(path)}

    assert readers <= allowed


def _mentions_environment(path: Path) -> bool:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return any(
        isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv"} and _is_os(node.value)
        for node in ast.walk(tree)
    )


def _is_os(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "os"


def _settings_rows() -> dict[str, str]:
    lines = (PROJECT_DIR / "docs" / "settings.md").read_text(encoding="utf-8").splitlines()
    return {found[1]: line for line in lines if (found := re.match(r"\| `([A-Z0-9_]+)` \|", line))}


def test_every_variable_is_documented() -> None:
    gateway = [name for name in GATEWAY_VARIABLES if name not in VARIABLES]

    assert list(_settings_rows()) == [*VARIABLES, *gateway]


@pytest.mark.parametrize("name", VARIABLES)
def test_documentation_of_a_variable_tells_kind_default_and_purpose(name: str) -> None:
    variable = VARIABLES[name]
    default = f"`{variable.default}`" if variable.default else "–"

    assert _settings_rows()[name] == f"| `{name}` | {variable.kind} | {default} | {variable.help} |"


def test_gateway_has_the_same_defaults_as_the_platform() -> None:
    shared = VARIABLES.keys() & GATEWAY_VARIABLES.keys()

    differing = [name for name in shared if VARIABLES[name].default != GATEWAY_VARIABLES[name].default]

    assert differing == []


def test_every_semblance_name_in_the_code_is_a_variable_or_a_setting() -> None:
    settings = (PROJECT_DIR / "platform" / "semblance" / "settings").glob("*.py")
    defined = {name for path in settings for name in re.findall(r"^(SEMBLANCE_\w+) =", _text(path), re.MULTILINE)}
    code = [path for path in _sources() if path != Path(__file__)]
    mentioned = {name for path in code for name in re.findall(r"\bSEMBLANCE_\w+\b(?!_)", _text(path))}

    unknown = mentioned - defined - VARIABLES.keys() - GATEWAY_VARIABLES.keys()

    assert {name for name in unknown if not name.endswith("_")} == set()


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_every_command_is_documented() -> None:
    commands = [
        path.stem
        for path in (PROJECT_DIR / "platform").rglob("management/commands/*.py")
        if not path.stem.startswith("_")
    ]
    documented = re.findall(
        r"^## `(\w+)", (PROJECT_DIR / "docs" / "commands.md").read_text(encoding="utf-8"), re.MULTILINE
    )

    assert sorted(documented) == sorted(commands)


@pytest.mark.parametrize("program", ["semblance.wsgi", "semblance.urls", "flask_gateway"])
def test_web_processes_import_no_heavy_framework(program: str) -> None:
    code = (
        "import sys, importlib, django\n"
        f"django.setup() if {program != 'flask_gateway'} else None\n"
        f"importlib.import_module({program!r})\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=PROJECT_DIR, capture_output=True, text=True, check=True)

    assert result.stdout.strip() == "[]"


def test_gateway_imports_no_django() -> None:
    code = "import sys, flask_gateway; print('django' in sys.modules)"

    result = subprocess.run([sys.executable, "-c", code], cwd=PROJECT_DIR, capture_output=True, text=True, check=True)

    assert result.stdout.strip() == "False"
