"""Search, vote, refine, go back, branch."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile
from django.db import connection, transaction

from semblance.accounts.models import User
from semblance.common.errors import InvalidInput, NotFound
from semblance.extractors import registry
from semblance.library.domain.holding import hold_collections, hold_images
from semblance.library.models import Collection, Image
from semblance.retrieval import engine
from semblance.retrieval.types import Filters, Ranking, Request
from semblance.search.domain.options import SearchOptions, validated_crop
from semblance.search.domain.query import space_queries
from semblance.search.enums import QueryKind
from semblance.search.models import Result, Round, Search
from semblance.search.queries import next_number, standing_votes

EXCLUDE_VOTED = "exclude_voted"
"""The parameter of a round that leaves out what was voted on; kept, so that the round is published as it is."""


def create_search(
    *,
    user: User,
    collections: Sequence[UUID],
    file: bytes | None = None,
    image: UUID | None = None,
    crop: Sequence[float] | None = None,
    options: SearchOptions | None = None,
) -> Search:
    """Ask collections for what looks like a picture, and keep question and answer (round 0)."""
    chosen = _visible_collections(user, collections)
    if (file is None) == (image is None):
        message = "Give one picture to search by: either a file or the id of an image."
        raise InvalidInput(message, fields={"file": [message]})
    options = options or SearchOptions()
    _check_weights(options.weights, chosen)
    search = Search(
        user=user,
        kind=QueryKind.IMAGE if image else QueryKind.UPLOAD,
        image=_visible_image(user, image) if image else None,
        crop=validated_crop(crop),
        **options.values(),
    )
    if file is not None:
        search.file.save("", ContentFile(file), save=False)
    try:
        with transaction.atomic():
            hold_collections(collection.pk for collection in chosen)
            if image and not hold_images([image]):
                raise NotFound(f"There is no image {image}.")
            search.save(force_insert=True)
            search.collections.set(chosen)
            add_round(search=search, parent=None, limit=options.limit)
    except BaseException:
        search.file.delete(save=False)  # a search that came to nothing leaves no picture behind
        raise
    return search


def refine(
    *,
    search: Search,
    method: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    exclude_voted: bool = False,
    limit: int | None = None,
) -> Round:
    """Compute a new round from the original query and all votes that stand at the current round."""
    options = SearchOptions(
        method=method or search.method, parameters=search.parameters if parameters is None else parameters
    )
    if exclude_voted:
        options = replace(options, parameters={**options.parameters, EXCLUDE_VOTED: True})
    return add_round(search=search, parent=search.current_round, options=options, limit=limit or search.limit)


def branch(*, search: Search, number: int) -> Round:
    """Go back to a round and go on from there: its results and the votes up to it hold, later votes do not."""
    origin = get_round(search=search, number=number)
    results = list(origin.results.all())
    with transaction.atomic():
        hold_search(search)
        there = hold_images(result.image_id for result in results)
        results = [result for result in results if result.image_id in there]
        origin.pk = None
        origin._state.adding = True
        origin.number, origin.parent = next_number(search), number
        origin.save(force_insert=True)
        for result in results:
            result.pk, result.round = None, origin
        Result.objects.bulk_create(results)
        _make_current(search, origin.number)
    return origin


def get_round(*, search: Search, number: int) -> Round:
    """Return a round of a search."""
    found = search.rounds.filter(number=number).first()
    if found is None:
        raise NotFound(f"This search has no round {number}.")
    return found


def hold_search(search: Search) -> None:
    """Let nobody else change or delete a search until the transaction ends; NotFound if it is gone already."""
    if Search.objects.select_for_update().filter(pk=search.pk).first() is None:
        raise NotFound("There is no such search any more.")


def add_round(*, search: Search, parent: int | None, limit: int, options: SearchOptions | None = None) -> Round:
    """Rank, and keep the answer as the search's newest and current round."""
    options = options or SearchOptions(method=search.method, parameters=search.parameters)
    votes = {} if parent is None else standing_votes(search, parent)
    ranking = rank_search(search=search, votes=votes, options=options, limit=limit)
    with transaction.atomic():
        hold_search(search)
        there = hold_images(result.image for result in ranking.results)
        round_ = Round.objects.create(
            search=search,
            number=0 if parent is None else next_number(search),
            parent=parent,
            method=options.method,
            parameters=dict(options.parameters),
            weights=dict(ranking.weights),
            total=ranking.total,
            votes=len(votes),
        )
        results = [result for result in _results(round_, ranking) if result.image_id in there]
        Result.objects.bulk_create(results, batch_size=1000)
        _make_current(search, round_.number)
    return round_


def rank_search(*, search: Search, votes: Mapping[UUID, float], options: SearchOptions, limit: int) -> Ranking:
    """Rank a search's collections as far as its user may still see them."""
    allowed = list(Collection.objects.visible_to(search.user).filter(searches=search))
    excluded = set(votes) if options.parameters.get(EXCLUDE_VOTED) else set()
    if search.exclude_query and search.image_id:
        excluded.add(search.image_id)
    request = Request(
        spaces=space_queries(search, [collection.pk for collection in allowed]),
        weights=search.weights or default_weights(collection.extractors for collection in allowed),
        votes=votes,
        method=options.method,
        parameters={k: v for k, v in options.parameters.items() if k not in {"centred", EXCLUDE_VOTED}},
        centred=bool(options.parameters.get("centred", True)),
        filters=Filters(
            labels=search.filters.get("label", ()),
            tags=search.filters.get("tags", ()),
            metadata=search.filters.get("metadata", {}),
        ),
        exclude=frozenset(excluded),
        limit=limit,
    )
    try:
        with connection.cursor() as cursor:
            return engine.rank(cursor, request)
    except ValueError as error:
        raise InvalidInput(str(error)) from error


def default_weights(extractors: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Return the weights of a search that names none: the collections' own, averaged where several use an extractor."""
    found: dict[str, list[float]] = {}
    for weights in extractors:
        for name, weight in weights.items():
            found.setdefault(name, []).append(weight)
    return {name: sum(weights) / len(weights) for name, weights in found.items()}


def _results(round_: Round, ranking: Ranking) -> list[Result]:
    return [
        Result(
            round=round_,
            rank=result.rank,
            image_id=result.image,
            score=result.score,
            distance=result.distance,
            explanation={
                name: {"distance": c.distance, "weight": c.weight, "contribution": c.contribution}
                for name, c in result.explanation.items()
            },
        )
        for result in ranking.results
    ]


def _make_current(search: Search, number: int) -> None:
    search.current_round = number
    search.save(update_fields=["current_round"])


def _visible_collections(user: User, ids: Sequence[UUID]) -> list[Collection]:
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        message = "Name at least one collection to search in."
        raise InvalidInput(message, fields={"collections": [message]})
    found = {c.pk: c for c in Collection.objects.visible_to(user).filter(pk__in=wanted)}
    if missing := [str(pk) for pk in wanted if pk not in found]:
        raise NotFound(f"There is no collection {', '.join(missing)}.")
    return [found[pk] for pk in wanted]


def _check_weights(weights: Mapping[str, float], collections: Sequence[Collection]) -> None:
    """Refuse names that mean nothing here; one that only another collection knows takes no part and is fine."""
    known = set(registry.installed()).union(*(collection.extractors for collection in collections))
    if unknown := sorted(set(weights) - known):
        message = f"No extractor is called {', '.join(unknown)}; there are {', '.join(sorted(known))}."
        raise InvalidInput(message, fields={"weights": [message]})


def _visible_image(user: User, image: UUID) -> Image:
    found: Image | None = Image.objects.visible_to(user).filter(pk=image).first()
    if found is None:
        raise NotFound(f"There is no image {image}.")
    return found
