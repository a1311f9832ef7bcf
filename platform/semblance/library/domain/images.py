"""Store, change and delete images: the one way in and the one way out."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from procrastinate.contrib.django import app

from semblance.accounts.models import User
from semblance.common.context import decode_limits
from semblance.common.errors import InvalidInput
from semblance.common.images import decode, encode_thumbnail
from semblance.library.domain.holding import hold_collections
from semblance.library.enums import Role
from semblance.library.models import Collection, Image
from semblance.library.signals import images_deleted

REMOVE_FILES = "library.remove_files"
MAX_LABEL = 200
MAX_TAGS = 100
MAX_TAG = 100
MAX_METADATA_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Stored:
    """An image of a collection, and whether it was there before."""

    image: Image
    duplicate: bool


def store_image(
    *,
    collection: Collection,
    data: bytes,
    filename: str,
    user: User | None,
    label: str = "",
    tags: Sequence[str] = (),
    metadata: Mapping[str, Any] | None = None,
) -> Stored:
    """Check, decode and keep one image; content that the collection has already is recognised and not stored again."""
    values = validated_facts(label=label, tags=tags, metadata=metadata or {})
    sha256 = hashlib.sha256(data).hexdigest()
    if known := Image.objects.filter(collection=collection, sha256=sha256).first():
        return Stored(known, duplicate=True)
    decoded = decode(data, limits=decode_limits())
    image = Image(
        collection=collection,
        uploaded_by=user,
        sha256=sha256,
        filename=clean_filename(filename),
        media_type=decoded.media_type,
        width=decoded.width,
        height=decoded.height,
        size=len(data),
        **values,
    )
    return _keep(image, data, encode_thumbnail(decoded.pixels))


def _keep(image: Image, data: bytes, thumbnail: bytes) -> Stored:
    """Write files, then the row; whatever fails, no file stays without a row."""
    try:
        image.original.save("", ContentFile(data), save=False)
        image.thumbnail.save("", ContentFile(thumbnail), save=False)
        with transaction.atomic():
            hold_collections([image.collection_id])
            image.save(force_insert=True)
    except BaseException as error:
        _discard(name for name in (image.original.name, image.thumbnail.name) if name)
        if isinstance(error, IntegrityError) and "image_once_per_collection" in str(error):
            return Stored(Image.objects.get(collection=image.collection_id, sha256=image.sha256), duplicate=True)
        raise
    return Stored(image, duplicate=False)


def update_image(*, image: Image, **changes: Any) -> Image:
    """Change label, tags or metadata."""
    for field, value in validated_facts(**changes).items():
        setattr(image, field, value)
    image.save(update_fields=[*changes])
    return image


def tag_images(*, images: QuerySet[Image], tag: str) -> int:
    """Add one tag to many images and return how many did not have it."""
    [tag] = validated_facts(tags=[tag])["tags"] or [""]
    if not tag:
        raise InvalidInput("A tag needs at least one character.", fields={"tag": ["Required."]})
    changed = list(images.exclude(tags__contains=[tag]).only("id", "tags"))
    for image in changed:
        image.tags = [*image.tags, tag]
    Image.objects.bulk_update(changed, ["tags"], batch_size=1000)
    return len(changed)


def delete_images(*, images: QuerySet[Image]) -> int:
    """Delete images with vectors, results and votes; the job that removes the files is part of the transaction."""
    with transaction.atomic():
        rows = list(images.order_by("pk").values_list("id", "original", "thumbnail", "collection_id"))
        for start in range(0, len(rows), 1000):
            chunk = rows[start : start + 1000]
            doomed = Image.objects.filter(pk__in=[row[0] for row in chunk])
            list(doomed.order_by("pk").select_for_update().values_list("pk"))  # in the order of those who hold images
            doomed.delete()
            app.configure_task(REMOVE_FILES).defer(names=[name for row in chunk for name in row[1:3] if name])
        images_deleted.send(sender=Image, collections={row[3] for row in rows})
    return len(rows)


def may_have_original(*, user: User, image: Image) -> bool:
    """Say whether a person gets the file as it was uploaded, with all it tells of place and camera."""
    return Image.objects.with_role(user, Role.EDITOR).filter(pk=image.pk).exists()


def copy_name(image: Image) -> str:
    """Name the JPEG that those get who may not have the original."""
    return f"{PurePath(image.filename).stem}.jpg"


def _discard(names: Iterable[str]) -> None:
    for name in names:
        default_storage.delete(name)


def clean_filename(name: str) -> str:
    """Keep the last part of a path, printable characters only, 255 at the most."""
    last = PurePath(name.replace("\\", "/")).name
    return "".join(c for c in last if c.isprintable())[-255:] or "image"


def validated_facts(**values: Any) -> dict[str, Any]:
    """Return label, tags and metadata in the form they are stored in, or say what is wrong with them."""
    errors: dict[str, list[str]] = {}
    if "label" in values:
        values["label"] = str(values["label"]).strip()
        if len(values["label"]) > MAX_LABEL or "\x00" in values["label"]:
            errors["label"] = [f"A label has at most {MAX_LABEL} characters."]
    if "tags" in values:
        values["tags"] = list(dict.fromkeys(str(tag).strip() for tag in values["tags"] if str(tag).strip()))
        if len(values["tags"]) > MAX_TAGS or any(len(tag) > MAX_TAG or "\x00" in tag for tag in values["tags"]):
            errors["tags"] = [f"An image has at most {MAX_TAGS} tags of at most {MAX_TAG} characters each."]
    if "metadata" in values:
        problem = _metadata_problem(values["metadata"])
        if problem:
            errors["metadata"] = [problem]
    if errors:
        raise InvalidInput(" ".join(m for messages in errors.values() for m in messages), fields=errors)
    return values


def _metadata_problem(metadata: Any) -> str:
    if not isinstance(metadata, Mapping):
        return "Metadata is a JSON object."
    try:
        text = json.dumps(metadata, allow_nan=False)
    except (TypeError, ValueError):
        return "Metadata is a JSON object of finite numbers, texts, lists and objects."
    if len(text) > MAX_METADATA_BYTES or "\\u0000" in text:
        return f"Metadata takes at most {MAX_METADATA_BYTES // 1024} KiB and no null characters."
    return ""
