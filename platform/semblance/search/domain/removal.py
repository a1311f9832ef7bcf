"""Delete searches with their rounds, votes and uploaded pictures."""

from django.db import transaction

from semblance.search.models import Search


def delete_search(*, search: Search) -> None:
    """Delete a search; a receiver has its picture removed, as it has when searches go with their user."""
    with transaction.atomic():
        # Who adds a vote or a round holds the search: theirs is seen, and deleted too.
        Search.objects.select_for_update().filter(pk=search.pk).first()
        search.delete()
