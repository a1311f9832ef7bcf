"""How fast images come in: the whole pipeline beside the extractor alone, and extractors beside decoding."""

from collections.abc import Callable, Sequence
from functools import partial
from statistics import median
from typing import Any

from django.conf import settings

from semblance.common.images import decode
from semblance.extractors import registry
from semblance.indexing.domain.extraction import loaded_extractor
from semblance.indexing.domain.images import index_missing
from semblance.indexing.domain.spaces import ensure_spaces
from semblance.library.domain.import_sources import Candidate
from semblance.library.domain.importing import import_images
from semblance.library.models import Collection
from semblance.search.domain.benchmark.pictures import picture
from semblance.search.domain.benchmark.scratch import empty_collection, scratch_collection
from semblance.search.domain.benchmark.timing import WARM_UP, interleaved, timed
from semblance.search.domain.progress import Progress, Steps

IMAGES = 64
REPETITIONS = 5
EXTRACTED = 32


def measure_ingest(on_progress: Progress) -> dict[str, Any]:
    """Compare storing and indexing files with the extractor alone on decoded pixels, for each usable extractor."""
    files = [picture(seed) for seed in range(IMAGES)]
    names = _usable_extractors()
    steps = Steps(len(names) * REPETITIONS, on_progress)
    rows = [_ingest_row(name, files, steps) for name in names]
    return {
        "baseline": "the extractor alone on decoded pixels",
        "unit": "images/s",
        "images": IMAGES,
        "repetitions": REPETITIONS,
        "rows": rows,
    }


def _ingest_row(name: str, files: Sequence[bytes], steps: Steps) -> dict[str, Any]:
    pixels = [decode(file).pixels for file in files]
    extractor = loaded_extractor(name)
    extractor.extract(pixels[:2])
    seconds: dict[str, list[float]] = {"store": [], "index": [], "extractor": []}
    with scratch_collection([name]) as collection:
        for _ in range(REPETITIONS):
            seconds["store"].append(timed(partial(_store, collection, files)))
            seconds["index"].append(timed(partial(_index, collection)))
            seconds["extractor"].append(timed(partial(extractor.extract, pixels)))
            empty_collection(collection)
            steps.step()
    pipeline = median(store + index for store, index in zip(seconds["store"], seconds["index"], strict=True))
    alone = median(seconds["extractor"])
    return {
        "extractor": name,
        "pipeline": round(len(files) / pipeline, 1),
        "store": round(len(files) / median(seconds["store"]), 1),
        "index": round(len(files) / median(seconds["index"]), 1),
        "extractor_alone": round(len(files) / alone, 1),
        "ratio": round(alone / pipeline, 3),
    }


def _store(collection: Collection, files: Sequence[bytes]) -> None:
    candidates = [Candidate(f"{number}.jpg", "", _giving(file)) for number, file in enumerate(files)]
    for _ in import_images(collection=collection, user=None, candidates=candidates):
        pass


def _giving(data: bytes) -> Callable[[], bytes]:
    return lambda: data


def _index(collection: Collection) -> None:
    for _ in index_missing(collection=collection.pk, spaces=ensure_spaces(collection)):
        pass


def measure_extract(on_progress: Progress) -> dict[str, Any]:
    """Compare each usable extractor on decoded pixels with decoding the files."""
    files = [picture(seed) for seed in range(EXTRACTED)]
    pixels = [decode(file).pixels for file in files]
    ways: dict[str, Callable[[], object]] = {"decode": lambda: [decode(file) for file in files]}
    for name in _usable_extractors():
        ways[name] = partial(loaded_extractor(name).extract, pixels)
    seconds = interleaved(ways, REPETITIONS, Steps(REPETITIONS + WARM_UP, on_progress))
    return {
        "baseline": "decode",
        "unit": "images/s",
        "images": EXTRACTED,
        "repetitions": REPETITIONS,
        "rows": [
            {
                "way": name,
                "images_per_second": round(EXTRACTED / value, 1),
                "ratio": round(seconds["decode"] / value, 3),
            }
            for name, value in seconds.items()
        ],
    }


def _usable_extractors() -> list[str]:
    """Return the extractors that work here, the installation's default ones first."""
    usable = [name for name in registry.installed() if loaded_extractor(name).availability().available]
    return sorted(usable, key=lambda name: (name not in settings.SEMBLANCE_DEFAULT_EXTRACTORS, name))
