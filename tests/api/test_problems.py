"""Every error is a problem document."""

import pytest
from django.db import OperationalError, connection
from django.test import Client, RequestFactory
from rest_framework.views import APIView

from semblance.api import problems
from tests.api.conftest import V1, client_of
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def client_somebody():
    return client_of(make_user())


def assert_problem(response, status, code):
    body = response.json()
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json")
    assert (body["status"], body["code"], body["type"]) == (status, code, f"urn:semblance:problem:{code}")
    assert body["title"]
    assert body["detail"]


@pytest.mark.parametrize("path", ["/api/", "/api/v2/x", f"{V1}/", f"{V1}/nothing/", f"{V1}/collections/x/"])
@pytest.mark.parametrize("verb", ["get", "post", "put", "delete"])
def test_unmatched_address_is_a_problem(client, path, verb):
    response = getattr(client, verb)(path)

    assert_problem(response, 404, "not-found")


def test_unmatched_address_is_a_problem_in_debug_mode_too(client, settings):
    settings.DEBUG = True

    assert_problem(client.get(f"{V1}/nothing/"), 404, "not-found")


def test_address_that_lacks_its_slash_leads_on_with_verb_and_query(client):
    response = client.post(f"{V1}/collections?limit=2")

    assert response.status_code == 308
    assert response["Location"] == f"{V1}/collections/?limit=2"


def test_anonymous_is_asked_for_a_token(client):
    response = client.get(f"{V1}/me/")

    assert_problem(response, 401, "not-authenticated")
    assert response["WWW-Authenticate"] == "Token"


@pytest.mark.parametrize("token", ["nonsense", "", "two words", "\xff\xfe"])
def test_wrong_token_is_refused(client, token):
    response = client.get(f"{V1}/me/", headers={"Authorization": f"Token {token}"})

    assert_problem(response, 401, "authentication-failed")


def test_wrong_verb_names_the_right_ones(client_somebody):
    response = client_somebody.put(f"{V1}/collections/", {})

    assert_problem(response, 405, "method-not-allowed")
    assert response["Allow"] == "GET, POST, HEAD, OPTIONS"


def test_other_media_types_are_refused(client_somebody):
    sent = client_somebody.post(f"{V1}/collections/", "name=x", content_type="application/x-www-form-urlencoded")
    wanted = client_somebody.get(f"{V1}/collections/", headers={"Accept": "text/html"})

    assert_problem(sent, 415, "unsupported-media-type")
    assert_problem(wanted, 406, "not-acceptable")


@pytest.mark.parametrize("content", ["{", "[" * 100_000, '{"name": NaN}', b"\xff"])
def test_broken_json_is_refused(client_somebody, content):
    response = client_somebody.post(f"{V1}/collections/", content, content_type="application/json")

    assert_problem(response, 400, "parse-error")


def test_wrong_values_are_named_by_field(client_somebody):
    content = {"visibility": "secret", "extractors": [{"name": "color-histogram", "weight": -1}]}

    response = client_somebody.post(f"{V1}/collections/", content)

    assert_problem(response, 400, "invalid")
    assert sorted(response.json()["errors"]) == ["extractors.0.weight", "name", "visibility"]


def test_refusal_of_the_domain_keeps_its_code_and_fields(client_somebody):
    client_somebody.post(f"{V1}/collections/", {"name": "A", "slug": "a"})

    response = client_somebody.post(f"{V1}/collections/", {"name": "B", "slug": "a"})

    assert_problem(response, 409, "slug-taken")
    assert list(response.json()["errors"]) == ["slug"]


@pytest.mark.parametrize("value", [r'"\u0000"', r'"\ud800"', f'"{"x" * 121}"', '["x"]', "{}"])
def test_hostile_text_is_refused(client_somebody, value):
    response = client_somebody.post(f"{V1}/collections/", f'{{"name": {value}}}', content_type="application/json")

    assert_problem(response, 400, "invalid")


def test_large_request_is_refused(client_somebody, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10

    response = client_somebody.post(f"{V1}/collections/", {"name": "longer than ten bytes"})

    assert_problem(response, 413, "too-large")


@pytest.mark.parametrize("debug", [True, False])
def test_server_error_says_nothing_of_its_cause(client_somebody, settings, debug):
    settings.DEBUG = debug
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE accounts_apikey CASCADE")

    response = client_somebody.get(f"{V1}/me/")

    assert_problem(response, 500, "server-error")
    assert "apikey" not in response.content.decode()


def test_database_that_is_away_is_no_fault_of_the_request():
    context = {"view": APIView(), "args": (), "kwargs": {}, "request": None}

    response = problems.exception_handler(OperationalError("gone"), context)  # type: ignore[arg-type]

    assert response is not None
    assert response.status_code == 503
    assert "unavailable" in response.content.decode()


def test_errors_outside_the_views_are_problems_below_api_alone():
    api, page = RequestFactory().get("/api/v1/me/"), RequestFactory().get("/")

    answers = [problems.server_error(api), problems.bad_request(api, ValueError())]

    assert [answer.status_code for answer in answers] == [500, 400]
    assert {answer["Content-Type"] for answer in answers} == {"application/problem+json"}
    assert "html" in problems.server_error(page)["Content-Type"]
    assert "html" in problems.bad_request(page, ValueError())["Content-Type"]


def test_unknown_host_gets_a_problem():
    response = Client().get(f"{V1}/me/", headers={"Host": "elsewhere.example"})

    assert_problem(response, 400, "bad-request")
