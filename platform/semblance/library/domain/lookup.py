"""Find collections and people by what somebody types at a terminal."""

from typing import NoReturn
from uuid import UUID

from django.utils.text import slugify

from semblance.accounts.models import User
from semblance.common.errors import InvalidInput, NotFound
from semblance.library.models import Collection

DEMO_USER = "demo"


def find_user(*, username: str) -> User:
    """Return a person by name."""
    user = User.objects.filter(username=username).first()
    if user is None:
        raise NotFound(f"Nobody here is called “{username}”; check the spelling.")
    return user


def likely_owner() -> User:
    """Return whom new collections belong to when nobody is named: the only administrator, else the demo user."""
    administrators = list(User.objects.filter(is_superuser=True, is_active=True)[:2])
    demo = User.objects.filter(username=DEMO_USER).first()
    if len(administrators) == 1:
        return administrators[0]
    if demo is not None:
        return demo
    if administrators:
        raise InvalidInput("There are several administrators: say with --owner whose collection this is.")
    raise InvalidInput(
        "There is nobody to own the collection: name a user with --owner, or run “manage.py createsuperuser”."
    )


def find_collection(*, reference: str, owner: User | None = None) -> Collection:
    """Return a collection by id, address (slug), ``owner/slug`` or name; NotFound lists what there is."""
    found = matching_collections(reference=reference, owner=owner)
    if not found:
        raise NotFound(f"There is no collection “{reference}”{_known(owner)}.")
    if len(found) > 1:
        choices = ", ".join(f"{collection.owner.username}/{collection.slug}" for collection in found)
        raise InvalidInput(f"“{reference}” may be one of several: say {choices}.", code="ambiguous")
    return found[0]


def matching_collections(*, reference: str, owner: User | None = None) -> list[Collection]:
    """Return the collections that a reference may mean."""
    collections = Collection.objects.select_related("owner")
    if owner is not None:
        collections = collections.filter(owner=owner)
    if (pk := _uuid(reference)) is not None:
        return list(collections.filter(pk=pk)) or _nothing_by_id(reference)
    username, _, slug = reference.rpartition("/")
    if username:
        collections = collections.filter(owner__username=username)
    return list(collections.filter(slug__in={slug, slugify(slug)}).order_by("owner__username", "slug"))


def _uuid(reference: str) -> UUID | None:
    try:
        return UUID(reference)
    except ValueError:
        return None


def _nothing_by_id(reference: str) -> NoReturn:
    raise NotFound(f"There is no collection with the id {reference}.")


def _known(owner: User | None, most: int = 10) -> str:
    collections = Collection.objects.order_by("slug") if owner is None else owner.owned_collections.order_by("slug")
    slugs = list(collections.values_list("slug", flat=True)[: most + 1])
    if not slugs:
        return "; there is none yet"
    return "; there are: " + ", ".join(slugs[:most]) + (", …" if len(slugs) > most else "")
