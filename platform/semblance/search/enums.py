"""Kinds of queries."""

from django.db import models


class QueryKind(models.TextChoices):
    """What a search began with."""

    UPLOAD = "upload", "An uploaded picture"
    IMAGE = "image", "A picture of a collection"
