"""The ``control`` protocol for feedback: votes on one half of each class, measured on the half that is never shown."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt

from semblance.retrieval.fusion import tie_keys
from semblance.retrieval.measures import average_precision, bootstrap_interval
from semblance.search.domain.evaluation.figures import percent
from semblance.search.domain.evaluation.labelled import UNLABELLED, Labelled, Places, Question, View
from semblance.search.domain.progress import Progress

JUDGED = 10
"""Images shown and judged in a round."""
HARM = 0.02
"""A query is harmed when its average precision falls by more than this against round 0."""

Split = npt.NDArray[np.bool_]


def measure_control(
    images: Labelled, view: View, *, rounds: int, salts: int, queries: int | None, seed: int, on_progress: Progress
) -> dict[str, Any]:
    """Measure a feedback method over its rounds; shares in percent."""
    runs: list[npt.NDArray[np.float64]] = []
    splits = [shown_half(images, seed + salt) for salt in range(1, salts + 1)]
    chosen = [_queries(images, shown, queries, seed + salt) for salt, shown in enumerate(splits, start=1)]
    total, done = sum(len(places) for places in chosen) * (rounds + 1), 0
    for shown, places in zip(splits, chosen, strict=True):
        rows = []
        for question in images.questions(places):
            rows.append(session(images, question, view, shown, rounds))
            done += rounds + 1
            on_progress(done, total)
        if rows:
            runs.append(np.array(rows))
    return {
        "queries": sum(len(run) for run in runs),
        "judged": JUDGED,
        "rounds": [_round(runs, number, seed) for number in range(rounds + 1)] if runs else [],
    }


def shown_half(images: Labelled, salt: int) -> Split:
    """Mark half A of each class, chosen by a salted hash of the ids; the rest, B, is never shown."""
    shown = np.zeros(len(images.ids), np.bool_)
    keys = tie_keys(images.ids, salt)
    for number in range(len(images.names)):
        members = np.flatnonzero(images.classes == number)
        shown[members[np.argsort(keys[members])[: len(members) // 2]]] = True
    return shown


def session(images: Labelled, question: Question, view: View, shown: Split, rounds: int) -> list[float]:
    """Play one query through its rounds and return its average precision on half B after each."""
    own = images.classes[question.place]
    hidden = ~shown & (images.classes != UNLABELLED)
    relevant = int(np.count_nonzero(hidden & (images.classes == own)))
    votes: dict[UUID, float] = {}
    seen = np.zeros(len(images.ids), np.bool_)
    found: list[float] = []
    for number in range(rounds + 1):
        order = images.order(question, view, votes)
        found.append(average_precision(images.classes[order[hidden[order]]] == own, relevant))
        if number < rounds:
            _judge(images, order[(shown & ~seen)[order]][:JUDGED], own, seen, votes)
    return found


def _judge(images: Labelled, places: Places, own: int, seen: Split, votes: dict[UUID, float]) -> None:
    """Vote on what is shown as somebody would who looks for the class of the query."""
    seen[places] = True
    for place in places:
        votes[images.uuid(int(place))] = 1.0 if images.classes[place] == own else -1.0


def _queries(images: Labelled, shown: Split, limit: int | None, salt: int) -> Places:
    """Return half A, as far as each image has a relative in half B and the limit goes."""
    places = np.flatnonzero(shown)
    if limit is not None and limit < len(places):
        places = np.sort(places[np.argsort(tie_keys(images.ids[places], ~salt & 0xFFFFFFFF))[:limit]])
    return places


def _round(runs: list[npt.NDArray[np.float64]], number: int, seed: int) -> Mapping[str, Any]:
    values = np.concatenate([run[:, number] for run in runs])
    first = np.concatenate([run[:, 0] for run in runs])
    low, high = bootstrap_interval(values, seed=seed)
    return {
        "round": number,
        "map": percent(float(values.mean())),
        "interval": [percent(low), percent(high)],
        "gain": percent(float((values - first).mean())),
        "harmed": percent(float(np.mean(values < first - HARM))),
        "salts": [percent(float(run[:, number].mean())) for run in runs],
    }
