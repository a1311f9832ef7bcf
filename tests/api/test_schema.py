"""The description is valid, complete and served from here."""

import re

import pytest
from django.core.management import call_command
from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from tests.api.conformance import OUTSIDE, description
from tests.api.conftest import V1
from tests.api.test_isolation import routes


def test_description_is_made_without_a_warning(tmp_path):
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yml"))


@pytest.mark.django_db
def test_description_that_is_served_is_valid_openapi(client):
    response = client.get(f"{V1}/schema/")

    assert response["Content-Type"] == "application/json"
    assert response.json()["openapi"] == "3.1.0"
    validate(response.json(), cls=OpenAPIV31SpecValidator)


def test_description_holds_every_route_and_verb():
    described = sum(len(operations) for operations in description()["paths"].values())

    assert described == len([route for route in routes() if route[0] not in OUTSIDE])


def test_every_operation_says_what_errors_look_like():
    for path, operations in description()["paths"].items():
        for verb, operation in operations.items():
            errors = {code for code in operation["responses"] if code == "default" or int(code) >= 400}
            assert {"401", "default"} <= errors, f"{verb} {path}"
            for code in errors:
                content = operation["responses"][code]["content"]
                assert list(content) == ["application/problem+json"], f"{verb} {path} {code}"


@pytest.mark.django_db
def test_page_of_the_description_needs_nothing_from_elsewhere(client):
    page = client.get(f"{V1}/docs/")
    script = client.get(f"{V1}/docs/?script=")

    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.content.decode())
    assert len(addresses) >= 4
    assert all(address.startswith("/") for address in addresses)
    assert not re.search(r"<script>\s*\S", page.content.decode())
    assert f"{V1}/schema/" in script.content.decode()
    for address in addresses:
        served = client.get(address)
        assert served.status_code == 200, address
        if served.streaming:
            b"".join(served.streaming_content)
