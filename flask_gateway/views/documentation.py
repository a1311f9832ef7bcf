"""The OpenAPI document as a page; its scripts come from the installed package, never from elsewhere."""

from importlib.util import find_spec
from pathlib import Path
from typing import Final

from apiflask import APIBlueprint
from flask import Response, render_template, send_from_directory

ASSETS: Final = ("swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png")
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self';"
    " frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)

blueprint = APIBlueprint("documentation", __name__, url_prefix="/v1/docs", enable_openapi=False)


def _assets_folder() -> Path:
    """Find the files of Swagger UI without importing the package around them, which is one of Django's."""
    package = find_spec("drf_spectacular_sidecar")
    [folder] = (package.submodule_search_locations if package else None) or [""]
    return Path(folder) / "static" / "drf_spectacular_sidecar" / "swagger-ui-dist"


@blueprint.get("")
def page() -> Response:
    return Response(render_template("docs.html"), headers={"Content-Security-Policy": POLICY})


@blueprint.get(f"/<any({', '.join(repr(name) for name in ASSETS)}):name>")
def asset(name: str) -> Response:
    return send_from_directory(_assets_folder(), name, max_age=86400)
