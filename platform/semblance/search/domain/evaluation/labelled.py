"""A labelled collection as an evaluation sees it: the ranker gets ids and votes, the labels stay here."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import numpy as np
import numpy.typing as npt
from django.db import connection
from django.db.models import Count

from semblance.common.errors import InvalidInput
from semblance.indexing.models import CollectionSpace
from semblance.indexing.queries import searchable_spaces
from semblance.library.models import Collection, Image
from semblance.retrieval import store
from semblance.retrieval.distances import Vector
from semblance.retrieval.engine import score
from semblance.retrieval.fusion import Ids, ranked, tie_keys
from semblance.retrieval.types import Relations, Request, SpaceQuery, Statistics

Places = npt.NDArray[np.intp]
UNLABELLED = -1
SMALLEST_CLASS = 2
CHUNK = 256
"""Queries whose vectors are held at a time."""


@dataclass(frozen=True, slots=True)
class Question:
    """One query: an image's place in the collection, and its vector in each feature space."""

    place: int
    vectors: Mapping[int, Vector]


@dataclass(frozen=True, slots=True)
class View:
    """How the answers are ranked: extractor weights, centred or plain, feedback method and its parameters."""

    weights: Mapping[str, float]
    centred: bool = True
    method: str = "rocchio"
    parameters: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Labelled:
    """Images of a collection in the order of their ids, with class numbers, and the spaces they are sought in."""

    collection: UUID
    ids: Ids
    classes: npt.NDArray[np.intp]
    names: Sequence[str]
    spaces: Sequence[CollectionSpace]
    statistics: Mapping[int, Statistics]
    digest: str

    def order(self, question: Question, view: View, votes: Mapping[UUID, float] | None = None) -> Places:
        """Rank the collection without the query through the one search path, as places in ``ids``, best first.

        This is :func:`semblance.retrieval.engine.rank` up to the explanations, which nobody reads here.
        """
        request = Request(
            spaces=[self._part(space, question) for space in self.spaces],
            weights=view.weights,
            votes=votes or {},
            method=view.method,
            parameters=view.parameters,
            centred=view.centred,
            exclude=frozenset({self.uuid(question.place)}),
        )
        with connection.cursor() as cursor:
            scored = score(cursor, request)
        return self._places(scored.ids[ranked(scored.fused.scores, scored.ids)])

    def uuid(self, place: int) -> UUID:
        return UUID(bytes=self.ids[place].tobytes())

    def questions(self, places: Places) -> Iterator[Question]:
        """Yield the images at these places as queries, as far as every feature space holds a vector of them."""
        for start in range(0, len(places), CHUNK):
            chunk = {int(place): self.uuid(int(place)) for place in places[start : start + CHUNK]}
            with connection.cursor() as cursor:
                found = {
                    s.space_id: store.vectors(cursor, Relations(), s.space_id, list(chunk.values()))
                    for s in self.spaces
                }
            for place, image in chunk.items():
                if all(image in vectors for vectors in found.values()):
                    yield Question(place, {space: vectors[image] for space, vectors in found.items()})

    def relatives(self, place: int) -> int:
        """Count the other images of the same class."""
        return int(np.count_nonzero(self.classes == self.classes[place])) - 1

    def alone(self) -> int:
        """Count the labelled images whose label no other image has."""
        return int(np.count_nonzero(np.bincount(self.classes[self.classes != UNLABELLED]) == 1))

    def candidates(self, limit: int | None, salt: int) -> Places:
        """Return the images that share a label with another one; with a limit, as many chosen by a hash."""
        sizes = np.bincount(self.classes[self.classes != UNLABELLED])
        places = np.flatnonzero((self.classes != UNLABELLED) & (sizes[self.classes] >= SMALLEST_CLASS))
        if limit is None or limit >= len(places):
            return places
        return np.sort(places[np.argsort(tie_keys(self.ids[places], salt))[:limit]])

    def _part(self, space: CollectionSpace, question: Question) -> SpaceQuery:
        return space.space.query(question.vectors[space.space_id], {self.collection: self.statistics[space.space_id]})

    def _places(self, ids: Ids) -> Places:
        """Find ids among those the evaluation began with; images that came meanwhile are left out."""
        known, sought = _keys(self.ids), _keys(ids)
        places = np.minimum(np.searchsorted(known, sought), len(known) - 1)
        found: Places = places[known[places] == sought]
        return found


def labelled_images(collection: Collection, extractors: Sequence[str]) -> Labelled:
    """Read a collection's labels and feature spaces, or say why it cannot be evaluated."""
    rows = Image.objects.filter(collection=collection).order_by("pk").values_list("pk", "label", "sha256")
    images = list(rows.iterator(chunk_size=10_000))
    names = sorted({label for _, label, _ in images if label})
    numbers = {label: number for number, label in enumerate(names)} | {"": UNLABELLED}
    classes = np.array([numbers[label] for _, label, _ in images], np.intp)
    _check_labels(collection, np.bincount(classes[classes != UNLABELLED]).tolist())
    spaces = _chosen_spaces(collection, extractors)
    return Labelled(
        collection=collection.pk,
        ids=np.frombuffer(b"".join(pk.bytes for pk, _, _ in images), np.uint8).reshape(-1, 16),
        classes=classes,
        names=names,
        spaces=spaces,
        statistics={space.space_id: space.statistics() for space in spaces},
        digest=_digest([(sha256, label) for _, label, sha256 in images if label]),
    )


def count_queries(collection: Collection, extractors: Sequence[str], limit: int | None) -> int:
    """Count the images that an evaluation asks with, or say why there can be none; labels are counted, not read."""
    labels = Image.objects.filter(collection=collection).exclude(label="").order_by().values("label")
    sizes = list(labels.annotate(size=Count("*")).values_list("size", flat=True))
    _check_labels(collection, sizes)
    _chosen_spaces(collection, extractors)
    total: int = sum(size for size in sizes if size >= SMALLEST_CLASS)
    return total if limit is None else min(limit, total)


def _check_labels(collection: Collection, sizes: Sequence[int]) -> None:
    if not sizes:
        raise InvalidInput(
            f"The images of “{collection}” have no labels: label them, or import them with --label-from-folder.",
            code="unlabelled",
        )
    if max(sizes) < SMALLEST_CLASS:
        raise InvalidInput(
            f"No two images of “{collection}” share a label: there is nothing to find.", code="unlabelled"
        )


def _chosen_spaces(collection: Collection, extractors: Sequence[str]) -> list[CollectionSpace]:
    spaces = {space.space.extractor: space for space in searchable_spaces([collection.pk])}
    if not spaces:
        message = f"“{collection}” has no features yet: run “manage.py reindex {collection.slug} --wait” first."
        raise InvalidInput(message, code="not-indexed")
    if unknown := [name for name in extractors if name not in spaces]:
        message = f"“{collection}” is not indexed by {', '.join(unknown)}; it is by {', '.join(sorted(spaces))}."
        raise InvalidInput(message, fields={"extractors": [message]})
    return [spaces[name] for name in (dict.fromkeys(extractors) or sorted(spaces))]


def _digest(facts: list[tuple[str, str]]) -> str:
    """Identify images and labels, whatever ids they have here."""
    return hashlib.sha256("\n".join(f"{sha256} {label}" for sha256, label in sorted(facts)).encode()).hexdigest()


def _keys(ids: Ids) -> npt.NDArray[np.bytes_]:
    return np.ascontiguousarray(ids).view("S16").ravel()
