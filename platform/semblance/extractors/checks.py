"""What start-up validation finds wrong with one plugin."""

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from typing import get_args

import numpy as np

from semblance.extractors.contract import (
    LARGEST_VALUE,
    MAX_DIMENSION,
    Distance,
    Extractor,
    ExtractorContext,
    Kind,
    Pixels,
)

_TEXTS = ("name", "version", "kind", "distance", "description", "reference")
_METHODS = ("availability", "weights_digest", "extract")
_CHOICES = {"kind": get_args(Kind), "distance": get_args(Distance)}
_LONGEST = {"name": 100, "version": 40}
_KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_UNIT_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of an installed plugin.

    Attributes
    ----------
    code : str
        Stable, kebab-case: ``import-error``, ``duplicate-name``, ``not-a-class``, ``missing-attribute``,
        ``wrong-attribute``, ``name-mismatch``, ``construction-error``, ``extraction-error``, ``wrong-vector``
        or, found by the platform, ``version-not-raised``.
    extractor : str
        Name of the entry point.
    message : str
        What is wrong.
    hint : str
        What to do about it.
    """

    code: str
    extractor: str
    message: str
    hint: str


def probe_image() -> Pixels:
    """Return the fixed small picture that plugins are tried on: a (24, 32, 3) uint8 color ramp."""
    rows, columns = np.mgrid[0:24, 0:32]
    return np.stack([rows * 10, columns * 8, (rows * columns) % 256], axis=-1).astype(np.uint8)


def declaration_problems(name: str, candidate: object) -> Iterator[Problem]:
    """Check what a plugin's class says about itself, without constructing it.

    Parameters
    ----------
    name : str
        Name of the entry point.
    candidate : object
        What the entry point loaded.
    """
    if not inspect.isclass(candidate):
        yield Problem(
            "not-a-class",
            name,
            f"{candidate!r} is not a class.",
            "Point the entry point at a class.",
        )
        return
    missing = [part for part in (*_TEXTS, "dimension", "heavy", *_METHODS) if not hasattr(candidate, part)]
    for part in missing:
        hint = f"Add it: semblance.extractors.contract.Extractor says what {part} means."
        yield Problem("missing-attribute", name, f"{candidate.__name__} has no {part}.", hint)
    for part, message, hint in _wrong_attributes(candidate):
        if part not in missing:
            yield Problem("wrong-attribute", name, message, hint)
    if "name" not in missing and candidate.name != name:  # type: ignore[attr-defined]
        message = f"{candidate.__name__}.name is {candidate.name!r}, its entry point is {name!r}."  # type: ignore[attr-defined]
        yield Problem("name-mismatch", name, message, "Give both the same name.")


def extraction_problems(name: str, plugin: type[Extractor], context: ExtractorContext) -> Iterator[Problem]:
    """Construct a plugin and, where it is light and available, try it on :func:`probe_image`."""
    try:
        extractor = plugin(context)
        status = extractor.availability()
        extractor.weights_digest()
    except Exception as error:  # noqa: BLE001 - the plugin is not our code
        hint = "The constructor, availability() and weights_digest() must not raise and must load nothing heavy."
        yield Problem("construction-error", name, f"{plugin.__name__} raised {error!r}.", hint)
        return
    if plugin.heavy or not status.available:
        return
    try:
        vectors = extractor.extract([probe_image(), probe_image()[:1, :1]])
    except Exception as error:  # noqa: BLE001 - the plugin is not our code
        hint = "extract() must take any (H, W, 3) uint8 image, down to a single pixel."
        yield Problem(
            "extraction-error",
            name,
            f"{plugin.__name__}.extract raised {error!r}.",
            hint,
        )
        return
    if fault := vector_fault(vectors, 2, plugin):
        yield Problem(
            "wrong-vector",
            name,
            f"{plugin.__name__}.extract {fault}.",
            "Mend extract() or the declaration.",
        )


def vector_fault(vectors: object, count: int, plugin: type[Extractor]) -> str:
    """Say how ``vectors`` break the contract for ``count`` images, ``""`` where they do not."""
    if not isinstance(vectors, np.ndarray):
        return f"returned {type(vectors).__name__}, not an array"
    if vectors.shape != (count, plugin.dimension):
        return f"returned shape {vectors.shape}, declared is {(count, plugin.dimension)}"
    if vectors.dtype != np.float32:
        return f"returned {vectors.dtype}, not float32"
    if not (np.abs(vectors) <= LARGEST_VALUE).all():
        return f"returned values that are not finite or beyond ±{LARGEST_VALUE:g}, what half precision can hold"
    if plugin.distance == "cosine" and not _unit_or_zero(vectors):
        return "returned vectors that are neither of unit length nor zero, which cosine needs"
    return ""


def same_name_problems(name: str, rivals: list[EntryPoint]) -> Iterator[Problem]:
    """Report a name that several distributions claim."""
    owners = sorted(point.dist.name if point.dist else point.value for point in rivals)
    message = f"The name is claimed by {len(rivals)} distributions: {', '.join(owners)}."
    yield Problem(
        "duplicate-name",
        name,
        message,
        "Uninstall all of them but one; none is used until then.",
    )


def _unit_or_zero(vectors: np.ndarray) -> bool:
    norms = np.linalg.norm(vectors, axis=1)
    return bool(np.all((np.abs(norms - 1.0) <= _UNIT_TOLERANCE) | (norms == 0.0)))


def _wrong_attributes(plugin: type) -> Iterator[tuple[str, str, str]]:
    """Yield attribute, message and hint for each value that the contract does not allow."""
    own = plugin.__name__
    for part in _TEXTS:
        if hint := _text_hint(part, getattr(plugin, part, None)):
            yield part, f"{own}.{part} is {getattr(plugin, part, None)!r}.", hint
    dimension = getattr(plugin, "dimension", None)
    if type(dimension) is not int or not 1 <= dimension <= MAX_DIMENSION:
        yield "dimension", f"{own}.dimension is {dimension!r}.", f"Use an integer from 1 to {MAX_DIMENSION}."
    if type(getattr(plugin, "heavy", None)) is not bool:
        yield "heavy", f"{own}.heavy is not a bool.", "Set heavy to True or False."
    for part in _METHODS:
        if not callable(getattr(plugin, part, None)):
            yield part, f"{own}.{part} cannot be called.", f"Make {part} a method."


def _text_hint(part: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        return f"Set {part} to a text."
    if part in _CHOICES and value not in _CHOICES[part]:
        return f"Choose one of {', '.join(_CHOICES[part])}."
    if len(value) > _LONGEST.get(part, len(value)):
        return f"Use at most {_LONGEST[part]} characters."
    if part == "name" and not _KEBAB.fullmatch(value):
        return "Use lower-case words joined by hyphens."
    return ""
