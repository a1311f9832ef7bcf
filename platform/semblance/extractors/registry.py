"""Finds installed extractors by their entry points and says what is wrong with them."""

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from threading import RLock
from types import MappingProxyType
from typing import Final, NamedTuple, TypedDict

from semblance.extractors.checks import (
    Problem,
    declaration_problems,
    extraction_problems,
    same_name_problems,
)
from semblance.extractors.contract import Distance, Extractor, ExtractorContext, Kind

GROUP: Final = "semblance.extractors"
"""The entry-point group that a plugin's distribution declares its extractors in."""

_PROBE_CONTEXT: Final = ExtractorContext(weights_dir=Path("weights"))
_lock: Final = RLock()


class UnknownExtractor(LookupError):
    """No usable extractor of this name is installed; the message says which are."""


class Description(TypedDict):
    """An extractor as the REST API shows it."""

    name: str
    version: str
    kind: Kind
    dimension: int
    distance: Distance
    available: bool
    reason: str
    description: str
    reference: str


class _Inventory(NamedTuple):
    extractors: Mapping[str, type[Extractor]]
    problems: tuple[Problem, ...]


def installed() -> Mapping[str, type[Extractor]]:
    """Return the classes of all installed extractors whose declaration is sound, by name, in alphabetical order.

    Found once a process; :func:`reload` looks again. What is left out is reported by :func:`problems`.
    """
    with _lock:
        return _inventory().extractors


def get(name: str, context: ExtractorContext) -> Extractor:
    """Return the process's one instance of an extractor for a context.

    Raises
    ------
    UnknownExtractor
        If no sound extractor of that name is installed.
    """
    with _lock:
        return _instance(name, context)


def problems(context: ExtractorContext = _PROBE_CONTEXT) -> list[Problem]:
    """Validate every installed plugin, broken ones included, for start-up checks.

    Light extractors that are available are tried on a tiny image; heavy ones are only constructed.
    """
    with _lock:
        inventory = _inventory()
    found = list(inventory.problems)
    for name, plugin in inventory.extractors.items():
        found.extend(extraction_problems(name, plugin, context))
    return found


def describe(name: str, context: ExtractorContext) -> Description:
    """Return what people and programs may know of an extractor, its availability here and now included.

    Raises
    ------
    UnknownExtractor
        If no sound extractor of that name is installed.
    """
    extractor = get(name, context)
    status = extractor.availability()
    return Description(
        name=extractor.name,
        version=extractor.version,
        kind=extractor.kind,
        dimension=extractor.dimension,
        distance=extractor.distance,
        available=status.available,
        reason=status.reason,
        description=extractor.description,
        reference=extractor.reference,
    )


def reload() -> None:
    """Forget what was found, so that the next call sees plugins installed or removed meanwhile."""
    with _lock:
        _inventory.cache_clear()
        _instance.cache_clear()


@cache
def _inventory() -> _Inventory:
    claims: dict[str, list[EntryPoint]] = defaultdict(list)
    for point in entry_points(group=GROUP):
        claims[point.name].append(point)
    extractors: dict[str, type[Extractor]] = {}
    faults: list[Problem] = []
    for name, points in sorted(claims.items()):
        found, plugin = _examined(name, points)
        faults.extend(found)
        if plugin is not None:
            extractors[name] = plugin
    return _Inventory(MappingProxyType(extractors), tuple(faults))


def _examined(name: str, points: list[EntryPoint]) -> tuple[list[Problem], type[Extractor] | None]:
    if len(points) > 1:
        return list(same_name_problems(name, points)), None
    try:
        plugin = points[0].load()
    except Exception as error:  # noqa: BLE001 - the plugin is not our code
        message = f"{points[0].value} cannot be imported: {error!r}."
        return [Problem("import-error", name, message, "Mend the plugin or uninstall it.")], None
    found = list(declaration_problems(name, plugin))
    return found, None if found else plugin


@cache
def _instance(name: str, context: ExtractorContext) -> Extractor:
    extractors = _inventory().extractors
    if name not in extractors:
        known = ", ".join(extractors) or "none"
        message = f"There is no extractor {name!r}; installed are: {known}."
        raise UnknownExtractor(message)
    return extractors[name](context)
