"""What is installed here."""

from django.db import connection
from rest_framework.request import Request
from rest_framework.response import Response

from semblance import __version__
from semblance.api.schema import operation
from semblance.api.serializers.installation import ExtractorSerializer, InfoSerializer
from semblance.api.views.base import View
from semblance.common.context import extractor_context
from semblance.extractors import registry
from semblance.extractors.registry import Description


class ExtractorListView(View):
    """Installed extractors."""

    @operation("listExtractors", "Installed extractors", answer=ExtractorSerializer(many=True))
    def get(self, _request: Request) -> Response:
        """List them by name."""
        return Response(_extractors())


class InfoView(View):
    """Versions."""

    @operation("getInfo", "Versions of Semblance and of what it stands on", answer=InfoSerializer)
    def get(self, _request: Request) -> Response:
        """Show the versions."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('server_version'), extversion FROM pg_extension WHERE extname = 'vector'"
            )
            [postgresql, pgvector] = cursor.fetchone()
        versions = {
            "semblance": __version__,
            "api": "v1",
            "postgresql": postgresql,
            "pgvector": pgvector,
            "extractors": [{field: e[field] for field in ("name", "version", "available")} for e in _extractors()],
        }
        return Response(versions)


def _extractors() -> list[Description]:
    return [registry.describe(name, extractor_context()) for name in registry.installed()]
