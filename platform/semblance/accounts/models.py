"""Users and the keys that programs of theirs use at the gateway."""

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models

from semblance.common.models import IdentifiedModel


class User(AbstractUser):
    """A person who signs in."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)


class ApiKey(IdentifiedModel):
    """A key for the public gateway; only its SHA-256 is kept, the secret is shown once."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=8, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)

    class Meta:
        ordering = ["-created"]
        verbose_name = "gateway key"

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
