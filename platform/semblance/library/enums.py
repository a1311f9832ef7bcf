"""Roles, visibility and states."""

from django.db import models


class Role(models.IntegerChoices):
    """What a member may do; each includes the ones before."""

    VIEWER = 10, "viewer"
    ANNOTATOR = 20, "annotator"
    EDITOR = 30, "editor"
    OWNER = 40, "owner"

    @classmethod
    def named(cls, name: str) -> "Role":
        """Return the role with this label; ValueError if there is none."""
        for role in cls:
            if role.label == name:
                return role
        raise ValueError(f"There is no role “{name}”; the roles are {', '.join(cls.labels)}.")


class Visibility(models.TextChoices):
    """Who may look."""

    PRIVATE = "private", "Private: only its owners"
    SHARED = "shared", "Shared: owners and named members"
    PUBLIC = "public", "Public: everybody, also through the gateway"


class ImageState(models.TextChoices):
    """Where an image stands on its way to being searchable."""

    PENDING = "pending", "Waiting for its features"
    INDEXED = "indexed", "Searchable"
    FAILED = "failed", "Set aside"
