"""Shared model bases."""

import uuid

from django.db import models


class IdentifiedModel(models.Model):
    """A row with a random UUID and the moment it was made."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created = models.DateTimeField(auto_now_add=True, editable=False)

    class Meta:
        abstract = True
