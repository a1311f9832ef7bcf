"""Answers kept for a while, so that a repeated request does not create twice."""

from django.conf import settings
from django.db import models


class RepeatableAnswer(models.Model):
    """What a request under an `Idempotency-Key` was answered with."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of method, path and content of the request.")
    status = models.PositiveSmallIntegerField()
    body = models.TextField(help_text="The JSON text that was answered.")
    headers = models.JSONField(default=dict)
    created = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="repeatable_answer_once")]

    def __str__(self) -> str:
        return self.key
