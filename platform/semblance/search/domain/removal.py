"""Delete searches with their rounds, votes and uploaded pictures."""

from semblance.search.models import Search


def delete_search(*, search: Search) -> None:
    """Delete a search; a receiver has its picture removed, as it has when searches go with their user."""
    search.delete()
