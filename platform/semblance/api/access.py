"""What the caller may use: 404 for what they may not see, 403 where only the role does not suffice."""

from typing import cast
from uuid import UUID

from django.db.models import QuerySet

from semblance.accounts.models import User
from semblance.common.errors import NotAllowed, NotFound
from semblance.indexing.models import Job
from semblance.indexing.queries import jobs_for
from semblance.library.enums import Role
from semblance.library.models import Collection, Image
from semblance.search.models import Search
from semblance.search.queries import searches_for


def described_collections(user: User) -> QuerySet[Collection]:
    """Return the visible collections with what their representation shows."""
    return Collection.objects.visible_to(user).with_roles_of(user).with_counts()


def usable_collection(user: User, pk: UUID, role: Role = Role.VIEWER) -> Collection:
    """Return a collection that `user` may use with at least `role`."""
    found = Collection.objects.visible_to(user).with_roles_of(user).filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such collection.")
    if found.role_value < role:
        raise _role_needed(role)
    return cast(Collection, found)


def usable_image(user: User, pk: UUID, role: Role = Role.VIEWER) -> Image:
    """Return an image of a collection that `user` may use with at least `role`."""
    found: Image | None = Image.objects.visible_to(user).filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such image.")
    if role > Role.VIEWER and not Image.objects.with_role(user, role).filter(pk=pk).exists():
        raise _role_needed(role)
    return found


def usable_job(user: User, pk: UUID) -> Job:
    """Return a job of a collection that `user` may add images to."""
    found = jobs_for(user).filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such job.")
    return found


def own_search(user: User, pk: UUID) -> Search:
    """Return a search that `user` made."""
    found = searches_for(user).filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such search.")
    return found


def _role_needed(role: Role) -> NotAllowed:
    article = "an" if role.label[0] in "aeo" else "a"
    return NotAllowed(f"You may look, but for this you have to be {article} {role.label} of the collection.")
