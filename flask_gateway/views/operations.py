"""For those who run the gateway: is it alive, can it work, what does it do."""

from apiflask import APIBlueprint
from flask import Response
from prometheus_client import CONTENT_TYPE_LATEST

from flask_gateway import queries
from flask_gateway.database import database
from flask_gateway.metrics import metrics
from flask_gateway.schemas import Health

blueprint = APIBlueprint("operations", __name__, tag="Operations")


@blueprint.get("/healthz")
@blueprint.output(Health)
def healthz() -> Health:
    """Tell whether this process answers."""
    return Health(status="ok")


@blueprint.get("/readyz")
@blueprint.output(Health)
def readyz() -> Health:
    """Tell whether the database and the views that the gateway reads are there."""
    with database().connection() as connection:
        queries.views_answer(connection)
    return Health(status="ok")


@blueprint.get("/metrics")
@blueprint.output({}, content_type="text/plain", description="Text for Prometheus")
def metrics_text() -> Response:
    """Get the figures of this process for Prometheus."""
    return Response(metrics().text(), content_type=CONTENT_TYPE_LATEST)
