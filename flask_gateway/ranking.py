"""From a question to a ranking, by the platform's one search path."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import numpy.typing as npt

from flask_gateway import queries
from flask_gateway.config import GatewayConfig
from flask_gateway.database import Connection, Database
from flask_gateway.queries import RELATIONS, CollectionRow, ImageRow, PublishedRow, SpaceRow
from flask_gateway.schemas import Question
from flask_gateway.storage import Storage
from semblance.common.errors import InvalidInput, NotFound, Unavailable
from semblance.common.images import decode
from semblance.extractors import registry
from semblance.extractors.channel import extract_one
from semblance.extractors.contract import ExtractorContext, ExtractorUnavailable
from semblance.retrieval import engine, store
from semblance.retrieval.types import Filters, Ranking, Request, SpaceQuery

Vector = npt.NDArray[np.float32]
Vectors = dict[int, Vector]


@dataclass(frozen=True, slots=True)
class Found:
    """A ranking and the images it names."""

    ranking: Ranking
    images: Mapping[UUID, ImageRow]


@dataclass(frozen=True, slots=True)
class Searcher:
    """Answers questions. No database connection is held while features are computed."""

    database: Database
    storage: Storage
    config: GatewayConfig

    def search(self, slug: str, question: Question, picture: bytes | None) -> Found:
        """Search one collection by a picture, an image, or the mean of the positive examples."""
        with self.database.connection() as connection:
            collection = queries.collection_of(connection, slug)
            spaces = _spaces(connection, [collection.id])
            _check_weights(question, collection, spaces)
            images = _named_images(connection, collection, question)
            vectors = {} if picture is not None else _stored_vectors(connection, spaces, question)
        image = images.get(question.image) if question.image else None
        lacking = [space for space in spaces if space.space_id not in vectors]
        if lacking and picture is not None:
            vectors |= self._extract(lacking, lambda: picture)
        elif lacking and image is not None:
            vectors |= self._extract(lacking, lambda: self.storage.read(image.original))
        request = Request(
            spaces=_space_queries(spaces, vectors),
            weights=question.weights or collection.extractors,
            votes=question.votes(),
            method=question.strategy,
            exclude=frozenset([image.id] if image else []),
            limit=question.limit,
            offset=question.offset,
        )
        with self.database.connection() as connection:
            return _ranked(connection, request)

    def replay(self, published: PublishedRow, *, limit: int, offset: int) -> Found:
        """Rank what a published query finds now."""
        with self.database.connection() as connection:
            spaces = _spaces(connection, published.collections)
            vectors = queries.published_vectors(connection, published.key)
            parameters = dict(published.parameters)
            votes = {UUID(image): value for image, value in published.votes.items()}
            left_out = {*votes} if parameters.pop("exclude_voted", False) else set()
            if published.excluded_image_id:
                left_out.add(published.excluded_image_id)
            request = Request(
                spaces=_space_queries(spaces, vectors),
                weights=published.weights,
                votes=votes,
                method=published.method,
                centred=bool(parameters.pop("centred", True)),
                parameters=parameters,
                filters=Filters(
                    labels=published.filters.get("label", ()),
                    tags=published.filters.get("tags", ()),
                    metadata=published.filters.get("metadata", {}),
                ),
                exclude=frozenset(left_out),
                limit=limit,
                offset=offset,
            )
            return _ranked(connection, request)

    def _extract(self, spaces: Sequence[SpaceRow], data: Callable[[], bytes]) -> Vectors:
        """Compute the query in the spaces whose extractor is still the installed one."""
        context = ExtractorContext(weights_dir=self.config.weights_folder, device=self.config.device)
        current = [space for space in spaces if _is_current(space, context)]
        if not current:
            return {}
        pixels = decode(data(), limits=self.config.decode_limits).pixels
        socket = self.config.extraction_socket
        try:
            return {
                space.space_id: extract_one(space.extractor, pixels, context=context, socket_path=socket)
                for space in current
            }
        except ExtractorUnavailable as error:
            raise Unavailable(str(error)) from error


def _spaces(connection: Connection, collections: Sequence[UUID]) -> list[SpaceRow]:
    spaces = queries.searchable_spaces(connection, collections)
    if not spaces:
        raise Unavailable("Nothing here is searchable yet: the features are still being computed.", code="not-indexed")
    return spaces


def _check_weights(question: Question, collection: CollectionRow, spaces: Sequence[SpaceRow]) -> None:
    known = {*collection.extractors, *(space.extractor for space in spaces)}
    if unknown := sorted(set(question.weights) - known):
        message = f"This collection is not indexed by {', '.join(unknown)}, but by {', '.join(sorted(known))}."
        raise InvalidInput(message, fields={"weights": [message]})


def _named_images(connection: Connection, collection: CollectionRow, question: Question) -> dict[UUID, ImageRow]:
    """Look up the images that a question names; the query image may be of another public collection."""
    wanted = {*question.positive, *question.negative, *([question.image] if question.image else [])}
    found = queries.images_by_id(connection, wanted) if wanted else {}
    strangers = {image for image in question.votes() if image in found and found[image].collection_id != collection.id}
    if missing := sorted(str(image) for image in (wanted - set(found)) | strangers):
        raise NotFound(f"There is no image {', '.join(missing)} in this collection.")
    return found


def _stored_vectors(connection: Connection, spaces: Sequence[SpaceRow], question: Question) -> Vectors:
    """Return the query image's vectors, or the means of those of the positive examples."""
    wanted = [question.image] if question.image else question.positive
    found: Vectors = {}
    with connection.cursor() as cursor:
        for space in spaces:
            if vectors := store.vectors(cursor, RELATIONS, space.space_id, wanted):
                found[space.space_id] = np.mean([vectors[image] for image in sorted(vectors)], axis=0, dtype=np.float32)
    return found


def _is_current(space: SpaceRow, context: ExtractorContext) -> bool:
    if space.extractor not in registry.installed():
        return False
    extractor = registry.get(space.extractor, context)
    return (extractor.version, extractor.weights_digest()) == (space.version, space.weights_digest)


def _space_queries(spaces: Collection[SpaceRow], vectors: Mapping[int, Vector]) -> list[SpaceQuery]:
    by_space: dict[int, list[SpaceRow]] = {}
    for space in spaces:
        if space.space_id in vectors:
            by_space.setdefault(space.space_id, []).append(space)
    if not by_space:
        raise Unavailable("The features of this query cannot be computed here at the moment.", code="not-indexed")
    return [
        SpaceQuery(
            extractor=members[0].extractor,
            space=space_id,
            distance=members[0].distance,
            vector=vectors[space_id],
            collections={member.collection_id: member.statistics() for member in members},
        )
        for space_id, members in by_space.items()
    ]


def _ranked(connection: Connection, request: Request) -> Found:
    try:
        with connection.cursor() as cursor:
            ranking = engine.rank(cursor, request, RELATIONS)
    except ValueError as error:
        raise InvalidInput(str(error)) from error
    return Found(ranking, queries.images_by_id(connection, [result.image for result in ranking.results]))
