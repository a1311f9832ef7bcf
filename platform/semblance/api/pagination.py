"""Lists in pages behind a cursor."""

from typing import Any

from django.utils.dateparse import parse_datetime
from rest_framework import pagination
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request


class CursorPagination(pagination.CursorPagination):
    """Newest first, `limit` a page; a page costs the same wherever it lies."""

    page_size = 100
    page_size_query_param = "limit"
    page_size_query_description = "Items in a page, 1 to 1000."
    max_page_size = 1000
    ordering = ("-created", "-id")
    cursor_query_description = "Where the page begins; taken from `next` or `previous` of another page."

    def decode_cursor(self, request: Request) -> Any:
        """Read the cursor, refusing one that we did not make."""
        try:
            cursor = super().decode_cursor(request)
            if cursor is not None and cursor.position is not None and parse_datetime(str(cursor.position)) is None:
                raise ValueError
        except (NotFound, ValueError) as error:
            raise ValidationError({"cursor": ["This is no cursor; take `next` or `previous` of a page."]}) from error
        return cursor

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Describe a page in OpenAPI 3.1."""
        address = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": address, "previous": address, "results": schema},
        }
