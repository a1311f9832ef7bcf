"""Make, change, hand over and delete collections."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.text import slugify
from procrastinate.contrib.django import app

from semblance.accounts.models import User
from semblance.common.errors import Conflict, InvalidInput
from semblance.extractors import registry
from semblance.library.enums import Role, Visibility
from semblance.library.models import Collection, Membership
from semblance.retrieval.engine import LARGEST_WEIGHT

REMOVE_COLLECTION_FILES = "library.remove_collection_files"
MAX_NAME = 120
MAX_DESCRIPTION = 5000


def create_collection(
    *,
    owner: User,
    name: str,
    slug: str = "",
    description: str = "",
    visibility: str = Visibility.PRIVATE,
    extractors: Mapping[str, float] | None = None,
) -> Collection:
    """Make a collection; slug and extractors have defaults: made from the name, and those of the installation."""
    values = _validated(name=name, slug=slug, description=description, visibility=visibility)
    values["slug"] = slug or _free_slug(owner=owner, name=values["name"])
    values["extractors"] = validated_extractors(default_extractors() if extractors is None else extractors)
    with _slug_conflicts(), transaction.atomic():
        collection = Collection.objects.create(owner=owner, **values)
        Membership.objects.create(collection=collection, user=owner, role=Role.OWNER)
    return collection


def update_collection(*, collection: Collection, **changes: Any) -> Collection:
    """Change name, slug, description, visibility or extractors."""
    if "extractors" in changes:
        changes["extractors"] = validated_extractors(changes["extractors"], present=collection.extractors)
    for field, value in _validated(**changes).items():
        setattr(collection, field, value)
    with _slug_conflicts(), transaction.atomic():
        collection.save()
    return collection


def delete_collection(*, collection: Collection) -> None:
    """Delete a collection with all it holds; the job that removes the files is part of the transaction."""
    with transaction.atomic():
        # Who is adding an image or a search holds the collection: theirs is seen, and deleted too.
        Collection.objects.select_for_update().filter(pk=collection.pk).first()
        app.configure_task(REMOVE_COLLECTION_FILES).defer(collection_id=str(collection.id))
        collection.delete()


def change_owner(*, collection: Collection, owner: User) -> None:
    """Hand a collection over; the old owner keeps the role of owner until removed."""
    with _slug_conflicts(), transaction.atomic():
        Membership.objects.update_or_create(collection=collection, user=owner, defaults={"role": Role.OWNER})
        collection.owner = owner
        collection.save(update_fields=["owner", "modified"])


def default_extractors() -> dict[str, float]:
    """Return the extractors of a new collection with their weights: those of the setting that are installed."""
    installed = registry.installed()
    return {name: weight for name, weight in settings.SEMBLANCE_DEFAULT_EXTRACTORS.items() if name in installed}


def weighed_extractors(names: Iterable[str], *, present: Mapping[str, float]) -> dict[str, float]:
    """Give named extractors weights: those they have already, else the installation's default, else 1."""
    known = default_extractors() | dict(present)
    return {name: known.get(name, 1.0) for name in names}


def validated_extractors(extractors: Mapping[str, float], *, present: Iterable[str] = ()) -> dict[str, float]:
    """Return name → weight, or say what is wrong with it; names in `present` may stay though nobody installed them."""
    unknown = sorted(set(extractors) - set(registry.installed()) - set(present))
    if unknown:
        raise InvalidInput(
            f"No extractor is called {', '.join(unknown)}; installed are {', '.join(sorted(registry.installed()))}.",
            fields={"extractors": [f"Unknown: {', '.join(unknown)}."]},
        )
    weights = {name: float(weight) for name, weight in extractors.items()}
    if not any(weights.values()) or any(not 0 <= weight <= LARGEST_WEIGHT for weight in weights.values()):
        message = f"Give at least one extractor, with weights from 0 to {LARGEST_WEIGHT:,} that are not all 0."
        raise InvalidInput(message, fields={"extractors": [message]})
    return weights


def _validated(**values: Any) -> dict[str, Any]:
    errors: dict[str, list[str]] = {}
    if "name" in values:
        values["name"] = str(values["name"]).strip()
        if not 0 < len(values["name"]) <= MAX_NAME or "\x00" in values["name"]:
            errors["name"] = [f"A name has 1 to {MAX_NAME} characters."]
    if values.get("slug") and not re.fullmatch(r"[-a-zA-Z0-9_]{1,80}", values["slug"]):
        errors["slug"] = ["An address has 1 to 80 letters, digits, hyphens or underscores."]
    if len(values.get("description", "")) > MAX_DESCRIPTION or "\x00" in values.get("description", ""):
        errors["description"] = [f"A description has at most {MAX_DESCRIPTION} characters."]
    if "visibility" in values and values["visibility"] not in Visibility.values:
        errors["visibility"] = [f"Visibility is one of {', '.join(Visibility.values)}."]
    if errors:
        raise InvalidInput(" ".join(m for messages in errors.values() for m in messages), fields=errors)
    return values


def _free_slug(*, owner: User, name: str) -> str:
    base = slugify(name)[:70] or "collection"
    taken = set(Collection.objects.filter(owner=owner, slug__startswith=base).values_list("slug", flat=True))
    if base not in taken:
        return base
    return next(f"{base}-{n}" for n in range(2, len(taken) + 3) if f"{base}-{n}" not in taken)


class _slug_conflicts:  # noqa: N801
    """Turn a violated slug constraint into a sentence."""

    def __enter__(self) -> None: ...

    def __exit__(self, _type: Any, error: BaseException | None, _traceback: Any) -> None:
        if isinstance(error, IntegrityError) and "collection_slug" in str(error):
            where = "A public collection" if "public" in str(error) else "Another collection of the same owner"
            message = f"{where} already has this address; choose another slug."
            raise Conflict(message, code="slug-taken", fields={"slug": [message]}) from error
