"""Turn a trained query into an address of the public gateway, and back."""

import secrets

from semblance.common.errors import Conflict
from semblance.library.enums import Visibility
from semblance.search.domain.searches import default_weights, get_round
from semblance.search.models import PublishedQuery, Search
from semblance.search.queries import standing_votes


def publish_search(*, search: Search) -> PublishedQuery:
    """Let the gateway answer this query as it stands at the current round; publishing again moves it to that round."""
    closed = search.collections.exclude(visibility=Visibility.PUBLIC)
    if names := list(closed.values_list("name", flat=True)):
        raise Conflict(
            f"The gateway serves public collections only, and {', '.join(names)} is not public; publish it first.",
            code="collection-not-public",
        )
    round_ = get_round(search=search, number=search.current_round)
    standing = {
        "round": round_,
        "weights": search.weights or default_weights(search.collections.values_list("extractors", flat=True)),
        "votes": {str(image): value for image, value in standing_votes(search, round_.number).items()},
    }
    published, _ = PublishedQuery.objects.update_or_create(
        search=search, defaults=standing, create_defaults=standing | {"key": secrets.token_urlsafe(16)}
    )
    return published


def withdraw_search(*, search: Search) -> None:
    """Make the published address answer nothing from now on."""
    PublishedQuery.objects.filter(search=search).delete()
