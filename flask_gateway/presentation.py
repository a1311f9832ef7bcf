"""Rows and rankings in the form that answers have."""

from collections.abc import Mapping
from uuid import UUID

from flask import url_for

from flask_gateway.queries import CollectionRow, ImageRow
from flask_gateway.ranking import Found
from flask_gateway.schemas import Answer, CollectionOut, Counts, Explanation, ExtractorWeight, ImageOut, ResultOut


def collection_out(row: CollectionRow, counts: Mapping[str, int]) -> CollectionOut:
    return CollectionOut(
        id=row.id,
        slug=row.slug,
        name=row.name,
        description=row.description,
        extractors=[ExtractorWeight(name=name, weight=weight) for name, weight in row.extractors.items()],
        counts=Counts(
            images=sum(counts.values()),
            indexed=counts.get("indexed", 0),
            pending=counts.get("pending", 0),
            failed=counts.get("failed", 0),
        ),
        created=row.created,
        url=url_for("collections.collection", slug=row.slug),
    )


def image_out(row: ImageRow) -> ImageOut:
    address = url_for("images.image", slug=row.slug, image_id=row.id)
    return ImageOut(
        id=row.id,
        collection=row.collection_id,
        filename=row.filename,
        width=row.width,
        height=row.height,
        media_type=row.media_type,
        label=row.label,
        tags=row.tags,
        metadata=row.metadata,
        state=row.state,
        created=row.created,
        url=address,
        file=f"{address}/file",
        thumbnail=f"{address}/thumbnail",
    )


def answer_out(found: Found, *, limit: int, offset: int) -> Answer:
    """Show a page of a ranking; an image that went away since it was ranked is left out."""
    ranking = found.ranking
    images: dict[UUID, ImageOut] = {key: image_out(row) for key, row in found.images.items()}
    return Answer(
        total=ranking.total,
        limit=limit,
        offset=offset,
        weights=dict(ranking.weights),
        results=[
            ResultOut(
                rank=result.rank,
                score=result.score,
                distance=result.distance,
                image=images[result.image],
                explanation={
                    name: Explanation(distance=part.distance, weight=part.weight, contribution=part.contribution)
                    for name, part in result.explanation.items()
                },
            )
            for result in ranking.results
            if result.image in images
        ],
    )
