"""Health, figures, documentation and the way errors look."""

import logging
import re
import subprocess
import sys
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from openapi_spec_validator import OpenAPIV31SpecValidator

from flask_gateway import create_app
from flask_gateway.config import Bucket, GatewayConfig, from_environment
from semblance.common.errors import InvalidInput
from semblance.common.images import DecodeLimits
from tests.gateway.world import Opened, World, document

pytestmark = pytest.mark.django_db
NOWHERE = "postgresql://semblance_gateway@/nothing?host=/nonexistent"


def test_health_needs_no_database(world: World, open_gateway: Opened, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR, "psycopg.pool")

    assert document(open_gateway(database_url=NOWHERE).get("/healthz")) == {"status": "ok"}


def test_readiness_needs_the_views(client: FlaskClient) -> None:
    assert document(client.get("/readyz")) == {"status": "ok"}


def test_database_that_is_away_is_said_in_one_line(
    open_gateway: Opened, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    monkeypatch.setattr("flask_gateway.database.PATIENCE", 0.2)
    client = open_gateway(database_url=NOWHERE)

    for response in (client.get("/readyz"), client.get("/v1/collections")):
        assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
        assert document(response)["detail"] == "The database does not answer at the moment; try again in a few seconds."


def test_database_that_restarts_is_found_again(world: World, client: FlaskClient) -> None:
    before = client.get("/v1/collections").status_code
    terminate = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'semblance_gateway'"

    def cut() -> None:
        import psycopg

        with psycopg.connect(
            psycopg.conninfo.make_conninfo(world.address, user="postgres"), autocommit=True
        ) as superuser:
            superuser.execute(terminate)

    cut()

    assert (before, client.get("/v1/collections").status_code) == (200, 200)


def test_metrics_count_requests_by_endpoint(client: FlaskClient) -> None:
    client.get("/v1/collections")
    client.get("/v1/collections/nowhere")
    client.get("/made-up-1")
    client.get("/made-up-2")

    text = client.get("/metrics").text

    assert 'semblance_gateway_requests_total{endpoint="collections.collections",status="200"} 1.0' in text
    assert 'semblance_gateway_requests_total{endpoint="collections.collection",status="404"} 1.0' in text
    assert 'semblance_gateway_requests_total{endpoint="unknown",status="404"} 2.0' in text
    assert 'semblance_gateway_request_seconds_count{endpoint="collections.collection"} 1.0' in text
    assert "made-up" not in text


def test_openapi_document_is_valid_and_names_every_address(client: FlaskClient) -> None:
    openapi = document(client.get("/v1/openapi.json", headers={"Host": "attacker.example"}))

    OpenAPIV31SpecValidator(openapi).validate()
    assert set(openapi["paths"]) == {
        "/healthz",
        "/metrics",
        "/readyz",
        "/v1/collections",
        "/v1/collections/{slug}",
        "/v1/collections/{slug}/images/{image_id}",
        "/v1/collections/{slug}/images/{image_id}/file",
        "/v1/collections/{slug}/images/{image_id}/thumbnail",
        "/v1/collections/{slug}/search",
        "/v1/queries/{key}",
    }
    body = openapi["paths"]["/v1/collections/{slug}/search"]["post"]["requestBody"]
    assert set(body["content"]) == {"application/json", "multipart/form-data"}
    assert "attacker" not in str(openapi)


def test_documentation_loads_nothing_from_elsewhere(client: FlaskClient) -> None:
    page = client.get("/v1/docs")
    addresses = re.findall(r'(?:src|href|data-document)="([^"]+)"', page.text)

    assert len(addresses) == 5
    assert all(address.startswith("/") for address in addresses)
    assert [client.get(address, buffered=True).status_code for address in addresses] == [200] * 5
    assert "script-src 'self';" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("method", "address", "status", "code"),
    [
        ("GET", "/", 404, "not-found"),
        ("GET", "/v1/nothing", 404, "not-found"),
        ("GET", "/v1/docs/swagger-ui.js.map", 404, "not-found"),
        ("GET", "/v1/collections/flowers/images/not-an-id", 404, "not-found"),
        ("POST", "/v1/collections", 405, "method-not-allowed"),
        ("DELETE", "/v1/collections/flowers", 405, "method-not-allowed"),
        ("GET", "/v1/collections/flowers/search", 405, "method-not-allowed"),
    ],
)
def test_errors_are_problem_documents(client: FlaskClient, method: str, address: str, status: int, code: str) -> None:
    response = client.open(address, method=method)

    assert (response.status_code, response.content_type) == (status, "application/problem+json")
    assert document(response)["type"] == f"urn:semblance:problem:{code}"
    assert {key: document(response)[key] for key in ("status", "code")} == {"status": status, "code": code}
    assert ("Allow" in response.headers) is (status == 405)


def test_server_error_says_nothing_of_its_cause(
    world: World, open_gateway: Opened, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    client = open_gateway()
    client.application.view_functions["collections.collections"] = lambda: str(1 / 0)

    response = client.get("/v1/collections")

    assert (response.status_code, document(response)["code"]) == (500, "server-error")
    assert "division" not in response.text


def test_answers_forbid_guessing_and_framing(client: FlaskClient) -> None:
    headers = client.get("/v1/collections").headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"


def test_gateway_imports_neither_django_nor_torch(world: World) -> None:
    """Every extractor is looked at as well: finding out that one is heavy must not load its framework."""
    program = (
        "import sys; from flask_gateway import create_app; from semblance.extractors import registry;"
        "from semblance.extractors.contract import ExtractorContext; from pathlib import Path;"
        "[registry.describe(name, ExtractorContext(Path('nowhere'))) for name in registry.installed()];"
        "create_app().test_client().get('/v1/collections');"
        "sys.exit(', '.join(sorted({'django', 'torch', 'torchvision', 'rest_framework'} & set(sys.modules))) or None)"
    )

    result = subprocess.run(
        [sys.executable, "-c", program],
        env={"SEMBLANCE_GATEWAY_DATABASE_URL": world.address, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (result.returncode, result.stderr) == (0, "")


def test_configuration_comes_from_the_environment(tmp_path: Path) -> None:
    environment = {
        "SEMBLANCE_GATEWAY_DATABASE_URL": "postgresql://semblance_gateway@db/semblance",
        "SEMBLANCE_DATA": str(tmp_path),
        "SEMBLANCE_GATEWAY_RATE": "5 per second",
        "SEMBLANCE_GATEWAY_CONNECTIONS": "3",
        "SEMBLANCE_MAX_PIXELS": "20",
        "SEMBLANCE_BEHIND_PROXY": "yes",
        "SEMBLANCE_S3_BUCKET": "pictures",
    }

    config = from_environment(environment)

    assert (config.media_folder, config.weights_folder) == (tmp_path / "media", tmp_path / "weights")
    assert (config.anonymous_rate, config.key_rate, config.connections) == ("5 per second", "600 per minute", 3)
    assert config.behind_proxy
    assert config.decode_limits == DecodeLimits(max_pixels=20_000_000)
    assert config.bucket == Bucket("pictures")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SEMBLANCE_GATEWAY_DATABASE_URL", ""),
        ("SEMBLANCE_GATEWAY_RATE", "often"),
        ("SEMBLANCE_GATEWAY_KEY_RATE", "1 per fortnight"),
        ("SEMBLANCE_GATEWAY_CONNECTIONS", "0"),
        ("SEMBLANCE_GATEWAY_CONNECTIONS", "many"),
        ("SEMBLANCE_MAX_PIXELS", "0"),
        ("SEMBLANCE_MAX_PIXELS", "179"),
    ],
)
def test_wrong_configuration_names_the_variable(name: str, value: str) -> None:
    with pytest.raises(InvalidInput, match=name):
        from_environment({"SEMBLANCE_GATEWAY_DATABASE_URL": "postgresql://x", name: value})


def test_application_needs_no_environment_where_it_is_configured(tmp_path: Path) -> None:
    config = GatewayConfig("postgresql://x", tmp_path, tmp_path, tmp_path / "socket")

    assert create_app(config).test_client().get("/healthz").status_code == 200
