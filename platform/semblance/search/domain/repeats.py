"""Ask again with the same picture."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from semblance.common.errors import NotFound
from semblance.library.models import Image
from semblance.search.domain.options import SearchOptions
from semblance.search.domain.searches import create_search, refine
from semblance.search.domain.votes import cast_votes
from semblance.search.enums import QueryKind
from semblance.search.models import Search
from semblance.search.queries import standing_votes


def repeat_search(
    *, search: Search, collections: Sequence[UUID], crop: Sequence[float] | None, options: SearchOptions
) -> Search:
    """Make a search of the same picture asked another way; the standing votes come along, as far as they still can."""
    if search.kind == QueryKind.UPLOAD:
        with search.file.open("rb") as file:
            picture = {"file": file.read()}
    elif search.image_id is None:
        raise NotFound("The picture of this search was deleted; start from another one.")
    else:
        picture = {"image": search.image_id}
    votes = standing_votes(search, search.current_round)
    with transaction.atomic():
        again = create_search(user=search.user, collections=collections, crop=crop, options=options, **picture)
        reachable = Image.objects.visible_to(search.user).filter(collection__searches=again, pk__in=votes)
        if kept := {image: votes[image] for image in reachable.values_list("pk", flat=True)}:
            cast_votes(search=again, user=search.user, votes=kept)
            refine(search=again)
    return again
