"""What ``manage.py check`` says about installed extractors."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.db import DatabaseError
from django.db.models import Q

from semblance.common.context import extractor_context
from semblance.extractors import registry
from semblance.extractors.checks import Problem, probe_image, vector_fault
from semblance.indexing.domain.extraction import loaded_extractor
from semblance.indexing.models import FeatureSpace


@register("extractors")
def check_extractors(app_configs: object = None, **kwargs: Any) -> list[CheckMessage]:
    """Report broken plugins, and those that changed what they compute without a new version."""
    problems = registry.problems(extractor_context())
    broken = {problem.extractor for problem in problems}
    problems += bump_problems([name for name in registry.installed() if name not in broken])
    return [
        Error(f"Extractor {p.extractor}: {p.message}", hint=p.hint, id=f"semblance.extractors.{p.code}")
        for p in problems
    ]


def bump_problems(names: Sequence[str]) -> list[Problem]:
    """Find extractors whose version and weights are known with another dimension or distance.

    Before the first migration, and while there is no database, there is nothing to compare with.
    """
    try:
        return list(_bump_problems(names))
    except DatabaseError:
        return []


def _bump_problems(names: Sequence[str]) -> Iterable[Problem]:
    for name in names:
        extractor = loaded_extractor(name)
        same = FeatureSpace.objects.filter(extractor=name, version=extractor.version)
        changed = same.filter(weights_digest=extractor.weights_digest()).exclude(
            Q(dimension=extractor.dimension) & Q(distance=extractor.distance)
        )
        for space in changed:
            yield Problem(
                "version-not-raised",
                name,
                f"Version {space.version} gave {space.dimension}-d vectors for {space.distance} distance"
                f" and now declares {extractor.dimension}-d for {extractor.distance}.",
                "Raise its version: the same version must mean the same vectors.",
            )


def heavy_problems(names: Sequence[str]) -> list[Problem]:
    """Try heavy extractors that can work here, which start-up checks leave out because they load a framework."""
    return [problem for name in names for problem in _heavy_problems(name)]


def _heavy_problems(name: str) -> Iterable[Problem]:
    extractor = loaded_extractor(name)
    if not extractor.heavy or not extractor.availability().available:
        return
    hint = "Mend extract() or the declaration."
    try:
        vectors = extractor.extract([probe_image(), probe_image()[:1, :1]])
    except Exception as error:  # noqa: BLE001 - the plugin is not our code
        yield Problem("extraction-error", name, f"{type(extractor).__name__}.extract raised {error!r}.", hint)
        return
    if fault := vector_fault(vectors, 2, type(extractor)):
        yield Problem("wrong-vector", name, f"{type(extractor).__name__}.extract {fault}.", hint)
