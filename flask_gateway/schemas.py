"""What goes in and out, as the OpenAPI document shows it."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, ValidationInfo, field_validator

from semblance.retrieval.feedback import METHODS

MOST_RESULTS = 1000
MOST_EXAMPLES = 1000
FURTHEST = 10_000_000
HEAVIEST = 1e6

Weight = Annotated[float, Field(ge=0, le=HEAVIEST, allow_inf_nan=False)]
Limit = Annotated[int, Field(ge=1, le=MOST_RESULTS, description="Results on one page.")]
Offset = Annotated[int, Field(ge=0, le=FURTHEST, description="Results left out before the page.")]


class Page(BaseModel):
    """Which part of a list."""

    limit: Limit = 20
    offset: Offset = 0


class PublishedPage(BaseModel):
    """Which part of a published query's results; its owner's limit by default."""

    limit: Limit | None = None
    offset: Offset = 0


class Question(Page):
    """A search; the examples are sent each time, nothing is kept."""

    image: UUID | None = Field(None, description="Query by this image of a public collection.")
    positive: list[UUID] = Field([], max_length=MOST_EXAMPLES, description="Images of the collection to find more of.")
    negative: list[UUID] = Field([], max_length=MOST_EXAMPLES, description="Images of the collection to find less of.")
    weights: dict[str, Weight] = Field({}, description="Weight by extractor; without any, the collection's own.")
    strategy: str = Field("rocchio", description=f"Feedback method: {', '.join(sorted(METHODS))}.")

    @field_validator("strategy")
    @classmethod
    def _known(cls, strategy: str) -> str:
        if strategy not in METHODS:
            raise ValueError(f"There is no strategy of this name; there are: {', '.join(sorted(METHODS))}")
        return strategy

    @field_validator("negative")
    @classmethod
    def _consistent(cls, negative: list[UUID], info: ValidationInfo) -> list[UUID]:
        if set(negative) & set(info.data.get("positive", ())):
            raise ValueError("An image is either a positive or a negative example, not both")
        return negative

    def votes(self) -> dict[UUID, float]:
        """Return the examples as votes."""
        return dict.fromkeys(self.positive, 1.0) | dict.fromkeys(self.negative, -1.0)


class ExtractorWeight(BaseModel):
    """An extractor that a collection is indexed by."""

    name: str
    weight: float


class Counts(BaseModel):
    """Images of a collection by state."""

    images: int
    indexed: int
    pending: int
    failed: int


class CollectionOut(BaseModel):
    """A public collection."""

    id: UUID
    slug: str
    name: str
    description: str
    extractors: list[ExtractorWeight]
    counts: Counts
    created: datetime
    url: str


class CollectionPage(BaseModel):
    """A page of public collections, by name."""

    total: int
    limit: int
    offset: int
    results: list[CollectionOut]


class ImageOut(BaseModel):
    """An image of a public collection; width and height are those of the original."""

    id: UUID
    collection: UUID
    filename: str
    width: int
    height: int
    media_type: str
    label: str
    tags: list[str]
    metadata: dict[str, Any]
    state: str
    created: datetime
    url: str
    file: str
    thumbnail: str


class Explanation(BaseModel):
    """One extractor's part of a result; the distance is null where the image has no vector."""

    distance: float | None
    weight: float
    contribution: float


class ResultOut(BaseModel):
    """One place of a ranking."""

    rank: int
    score: float
    distance: float
    image: ImageOut
    explanation: dict[str, Explanation]


class Answer(BaseModel):
    """A page of a ranking; ``total`` counts all images that were ranked."""

    total: int
    limit: int
    offset: int
    weights: dict[str, float]
    results: list[ResultOut]


class Health(BaseModel):
    """State of this process."""

    status: str


class Problem(BaseModel):
    """A problem document (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: dict[str, list[str]] = {}
