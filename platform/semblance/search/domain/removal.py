"""Delete searches with their rounds, votes and uploaded pictures."""

from django.db import transaction

from semblance.library.tasks import remove_files
from semblance.search.models import Search


def delete_search(*, search: Search) -> None:
    """Delete a search; the job that removes its picture is part of the transaction."""
    with transaction.atomic():
        if name := search.file.name:
            remove_files.defer(names=[name])
        search.delete()
