"""Who calls, and how often: API keys and rate limits."""

import time
from hashlib import sha256
from ipaddress import ip_network
from math import ceil
from typing import Final

from flask import Flask, Response, g, request
from flask_limiter import Limiter

from flask_gateway import queries
from flask_gateway.config import GatewayConfig
from flask_gateway.database import database
from semblance.common.errors import SemblanceError

HEADER: Final = "X-API-Key"
OPEN_BLUEPRINTS: Final = ("operations", "documentation", "openapi")
"""Neither limited nor asked for a key: who watches the service must reach it when the database is away."""


class UnknownKey(SemblanceError):
    """A key was shown that does not exist, or no longer."""

    code = "unknown-key"
    status = 401


def make_limiter(app: Flask, config: GatewayConfig) -> Limiter:
    """Limit every caller; counts live in this process alone, so that N processes allow N times as much."""

    def rate() -> str:
        return config.key_rate if known_key() else config.anonymous_rate

    limiter = Limiter(
        _caller,
        app=app,
        application_limits=[rate],
        storage_uri="memory://",
        strategy="fixed-window",
    )

    def tell(response: Response) -> Response:
        if limit := limiter.current_limit:
            wait = max(1, ceil(limit.reset_at - time.time()))
            response.headers["X-RateLimit-Limit"] = str(limit.limit.amount)
            response.headers["X-RateLimit-Remaining"] = str(limit.remaining)
            response.headers["X-RateLimit-Reset"] = str(wait)
            if limit.breached:
                response.headers["Retry-After"] = str(wait)
        return response

    app.after_request(tell)
    return limiter


def refuse_unknown_key() -> None:
    """Refuse a caller whose key is not valid; runs after the rate limit, so that nobody tries keys at leisure."""
    if request.headers.get(HEADER) and request.blueprint not in (*OPEN_BLUEPRINTS, None) and not known_key():
        raise UnknownKey(f"This {HEADER} is not valid: make a new key in your account, or leave the header out.")


def known_key() -> str:
    """Return the digest of the caller's key where it is valid, ``""`` for everybody else."""
    if "known_key" not in g:
        digest = sha256(request.headers.get(HEADER, "").encode()).hexdigest()
        g.known_key = digest if request.headers.get(HEADER) and _is_valid(digest) else ""
    return str(g.known_key)


def _is_valid(digest: str) -> bool:
    with database().connection() as connection:
        return queries.key_is_valid(connection, digest)


def _caller() -> str:
    return f"key {known_key()}" if known_key() else f"network {_network(request.remote_addr or '')}"


def _network(address: str) -> str:
    """Return what one caller commands: an IPv4 address, or the 2⁶⁴ addresses that come with one IPv6 line."""
    return str(ip_network(f"{address}/64", strict=False)) if ":" in address else address
