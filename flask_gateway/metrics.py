"""Counts and durations of one process, for Prometheus."""

import time
from typing import Final, cast

from flask import Flask, Response, current_app, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest

EXTENSION: Final = "semblance.metrics"


class Metrics:
    """What is measured of requests, by the name of the endpoint, so that no caller can make new time series."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = Counter(
            "semblance_gateway_requests", "Answered requests.", ["endpoint", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "semblance_gateway_request_seconds", "Time to an answer.", ["endpoint"], registry=self.registry
        )

    def text(self) -> bytes:
        return generate_latest(self.registry)

    def begin(self) -> None:
        g.began = time.perf_counter()

    def end(self, response: Response) -> Response:
        endpoint = request.endpoint or "unknown"
        self.requests.labels(endpoint, str(response.status_code)).inc()
        self.seconds.labels(endpoint).observe(time.perf_counter() - g.began)
        return response


def measure(app: Flask) -> None:
    """Measure every request of an application; called before anything else may answer one."""
    app.extensions[EXTENSION] = measured = Metrics()
    app.before_request(measured.begin)
    app.after_request(measured.end)


def metrics() -> Metrics:
    return cast(Metrics, current_app.extensions[EXTENSION])
