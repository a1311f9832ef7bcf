"""The OpenAPI description and its page."""

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.utils.decorators import method_decorator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiJsonRenderer2
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView


class SchemaView(SpectacularJSONAPIView):
    """OpenAPI 3.1 as JSON, for everybody."""

    authentication_classes = []
    renderer_classes = [OpenApiJsonRenderer2, OpenApiJsonRenderer]


@method_decorator(csp_update({"style-src": [SELF, UNSAFE_INLINE]}), name="dispatch")  # Swagger UI's page has a <style>
class DocsView(SpectacularSwaggerSplitView):
    """Swagger UI from our own static files, in two requests so that no inline script is needed."""

    authentication_classes = []
    url_name = "api:schema"
