"""Collections, members and images."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q

from semblance.common.models import IdentifiedModel
from semblance.library.enums import ImageState, Role, Visibility
from semblance.library.querysets import CollectionQuerySet, ImageQuerySet


class Collection(IdentifiedModel):
    """Images that belong together, with one owner who answers for them and any number of members."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="owned_collections")
    slug = models.SlugField(max_length=80)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True, validators=[MaxLengthValidator(5000)])
    visibility = models.CharField(max_length=10, choices=Visibility, default=Visibility.PRIVATE)
    extractors = models.JSONField(
        default=dict, help_text="Extractor name → weight; what this collection is indexed by."
    )
    modified = models.DateTimeField(auto_now=True, editable=False)
    members: "models.ManyToManyField[Any, Any]" = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="Membership", related_name="collections"
    )

    objects = CollectionQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "slug"], name="collection_slug_per_owner"),
            models.UniqueConstraint(
                fields=["slug"], condition=Q(visibility=Visibility.PUBLIC), name="collection_slug_public"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(IdentifiedModel):
    """What one person may do with one collection. The owner has one too."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.PositiveSmallIntegerField(choices=Role)

    class Meta:
        ordering = ["-role", "created"]
        constraints = [models.UniqueConstraint(fields=["collection", "user"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user} is {self.get_role_display()} of {self.collection}"


def original_path(image: "Image", filename: str) -> str:
    """Name an original after ids of our own, never after what a user called it."""
    return f"originals/{image.collection_id}/{image.id.hex[:2]}/{image.id}"


def thumbnail_path(image: "Image", filename: str) -> str:
    """Name a thumbnail after ids of our own."""
    return f"thumbnails/{image.collection_id}/{image.id.hex[:2]}/{image.id}.jpg"


class Image(IdentifiedModel):
    """One picture in one collection."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="images")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    sha256 = models.CharField(max_length=64, editable=False)
    filename = models.CharField(max_length=255)
    media_type = models.CharField(max_length=40, editable=False)
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    size = models.PositiveBigIntegerField(editable=False)
    label = models.CharField(max_length=200, blank=True)
    tags = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=10, choices=ImageState, default=ImageState.PENDING)
    error = models.TextField(blank=True)
    original = models.FileField(upload_to=original_path, max_length=200)
    thumbnail = models.FileField(upload_to=thumbnail_path, max_length=200)

    objects = ImageQuerySet.as_manager()

    class Meta:
        ordering = ["-created", "-id"]
        constraints = [models.UniqueConstraint(fields=["collection", "sha256"], name="image_once_per_collection")]
        indexes = [
            models.Index(fields=["collection", "-created", "-id"], name="image_page"),
            models.Index(fields=["collection", "state"], name="image_state"),
            models.Index(fields=["collection", "label"], name="image_label"),
            GinIndex(fields=["tags"], name="image_tags"),
            GinIndex(fields=["metadata"], opclasses=["jsonb_path_ops"], name="image_metadata"),
        ]

    def __str__(self) -> str:
        return self.filename
