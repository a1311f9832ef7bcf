"""One evaluation from parameters to figures, with all that is needed to repeat it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from django.utils import timezone

from semblance.library.models import Collection
from semblance.retrieval.fusion import SALT
from semblance.retrieval.measures import RESAMPLES
from semblance.search.domain.evaluation.control import measure_control
from semblance.search.domain.evaluation.labelled import UNLABELLED, Labelled, View, labelled_images
from semblance.search.domain.evaluation.parameters import EvaluationParameters
from semblance.search.domain.evaluation.wang import measure_wang
from semblance.search.domain.progress import Progress, silent
from semblance.search.domain.provenance import hardware, versions
from semblance.search.domain.searches import default_weights

SEED = 0


def evaluate_collection(
    *, collection: Collection, parameters: EvaluationParameters, on_progress: Progress = silent
) -> dict[str, Any]:
    """Measure retrieval on a collection's labels; ``docs/evaluation.md`` describes the document that comes back."""
    images = labelled_images(collection, parameters.extractors)
    weights = _weights(collection, [space.space.extractor for space in images.spaces])
    document = {
        "protocol": parameters.protocol,
        "collection": collection.slug,
        "collection_id": str(collection.pk),
        "images": len(images.ids),
        "labelled": int(np.count_nonzero(images.classes != UNLABELLED)),
        "classes": len(images.names),
    }
    if parameters.protocol == "wang":
        figures = measure_wang(images, weights, queries=parameters.queries, seed=SEED, on_progress=on_progress)
    else:
        view = View(weights, method=parameters.feedback, parameters=parameters.parameters)
        figures = measure_control(
            images,
            view,
            rounds=parameters.rounds,
            salts=parameters.salts,
            queries=parameters.queries,
            seed=SEED,
            on_progress=on_progress,
        ) | {"feedback": parameters.feedback, "weights": weights}
    return document | figures | {"repeat": _repeat(images, parameters)}


def _weights(collection: Collection, extractors: Sequence[str]) -> dict[str, float]:
    """Return the weights a search in this collection has by default, for the extractors that are measured."""
    weights = default_weights([collection.extractors])
    chosen = {name: weights.get(name, 1.0) for name in extractors}
    return chosen if any(chosen.values()) else dict.fromkeys(extractors, 1.0)


def _repeat(images: Labelled, parameters: EvaluationParameters) -> Mapping[str, Any]:
    """Return what somebody needs to come to the same figures."""
    return {
        "parameters": parameters.values(),
        "labels_sha256": images.digest,
        "spaces": [
            {
                "extractor": space.space.extractor,
                "version": space.space.version,
                "weights_sha256": space.space.weights_digest,
                "dimension": space.space.dimension,
                "distance": space.space.distance,
                "images": space.count,
            }
            for space in images.spaces
        ],
        "seed": SEED,
        "bootstrap": RESAMPLES,
        "tie_salt": SALT,
        "versions": versions(),
        "hardware": hardware(),
        "measured": timezone.now().isoformat(timespec="seconds"),
    }
