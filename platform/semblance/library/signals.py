"""What other apps may want to know of."""

from django.dispatch import Signal

images_deleted = Signal()
"""Sent inside the transaction that deletes images: ``collections`` (set of UUID)."""
