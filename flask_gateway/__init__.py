"""The public query gateway: collections and queries that their owners made public, read-only."""

from typing import Final

from apiflask import APIFlask
from flask import Response
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import BaseConverter

from flask_gateway import access, database, errors, metrics, openapi, service
from flask_gateway.config import GatewayConfig, from_environment
from flask_gateway.views import collections, documentation, images, operations, published, search
from semblance.common.images import DEFAULT_LIMITS

VERSION: Final = "1.0.0"
LARGEST_BODY: Final = DEFAULT_LIMITS.max_bytes + 1_000_000
"""Bytes: the largest picture that is decoded, and room for the form around it."""

_LIMITED: Final = (collections.blueprint, images.blueprint, search.blueprint, published.blueprint)
_FREE: Final = (operations.blueprint, documentation.blueprint)


class _Slug(BaseConverter):
    regex = "[-a-zA-Z0-9_]{1,80}"


class _Key(BaseConverter):
    regex = "[-a-zA-Z0-9_]{1,40}"


def create_app(config: GatewayConfig | None = None) -> APIFlask:
    """Make the application; without a configuration it is read from the environment."""
    config = config or from_environment()
    app = APIFlask(__name__, title="Semblance gateway", version=VERSION, spec_path="/v1/openapi.json", docs_path=None)
    app.config.update(
        DESCRIPTION=openapi.DESCRIPTION,
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        AUTO_SERVERS=False,  # the document is made once, and the first caller's Host header must not stay in it
        SERVERS=[{"url": "/"}],
        SECURITY_SCHEMES=openapi.SECURITY_SCHEMES,
        VALIDATION_ERROR_STATUS_CODE=400,
    )
    app.url_map.strict_slashes = False
    app.url_map.converters |= {"slug": _Slug, "key": _Key}
    if config.behind_proxy:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]
    metrics.measure(app)
    app.extensions[database.EXTENSION] = pool = database.Database(config.database_url, config.connections)
    service.provide(app, config, pool)
    errors.register(app)
    app.after_request(_harden)
    app.spec_processor(openapi.complete)
    _open_doors(app, config)
    return app


def _open_doors(app: APIFlask, config: GatewayConfig) -> None:
    limiter = access.make_limiter(app, config)
    app.before_request(access.refuse_unknown_key)
    for blueprint in (*_LIMITED, *_FREE):
        app.register_blueprint(blueprint)
    for blueprint in _FREE:
        limiter.exempt(blueprint)
    limiter.exempt(app.view_functions["openapi.spec"])


def _harden(response: Response) -> Response:
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
    return response
