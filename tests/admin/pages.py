"""How tests walk through the admin."""

from collections.abc import Iterable
from typing import Any

from django.contrib.messages import get_messages
from django.db.models import Model
from django.test import Client
from django.urls import reverse


def address(model: type[Model], page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def run_action(client: Client, action: str, objects: Iterable[Model], **data: Any) -> Any:
    """Send an action from the list of the objects' model."""
    chosen = list(objects)
    sent = {"action": action, "_selected_action": [str(found.pk) for found in chosen], **data}
    return client.post(address(type(chosen[0]), "changelist"), sent)


def refusals(answer: Any) -> list[str]:
    """Return what a form was sent back with; nothing where it was taken."""
    found = [] if answer.status_code == 302 else answer.context["errors"]
    return [text for errors in found for text in ([errors] if isinstance(errors, str) else errors)]


def said(answer: Any) -> list[str]:
    """Return the messages that a page left for the next one."""
    return [str(message) for message in get_messages(answer.wsgi_request)]
