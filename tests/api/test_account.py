"""Tokens, sessions with CSRF, gateway keys."""

import hashlib
from datetime import timedelta

import pytest
from django.test import Client
from knox.models import AuthToken

from semblance.accounts.models import ApiKey
from tests.api.conformance import ConformingClient
from tests.api.conftest import V1, client_of
from tests.factories import make_user

pytestmark = pytest.mark.django_db
TOKEN = f"{V1}/auth/token/"


@pytest.fixture
def anonymous():
    return ConformingClient()


def test_token_opens_the_door_and_is_kept_hashed(anonymous):
    user = make_user(username="ada")

    response = anonymous.post(TOKEN, {"username": "ada", "password": "ada"})
    token = response.json()["token"]
    me = anonymous.get(f"{V1}/me/", headers={"Authorization": f"Token {token}"})

    assert (response.status_code, response["Cache-Control"]) == (200, "no-store")
    assert me.json() == {"id": str(user.pk), "username": "ada", "email": "ada@example.org", "api_keys": []}
    assert AuthToken.objects.get().digest != token


def test_token_is_given_for_a_form_too(anonymous):
    make_user(username="ada")

    response = anonymous.post(TOKEN, "username=ada&password=ada", content_type="application/x-www-form-urlencoded")

    assert response.status_code == 200


def test_token_that_is_over_opens_nothing(anonymous):
    _, token = AuthToken.objects.create(user=make_user(), expiry=timedelta(seconds=-1))

    response = anonymous.get(f"{V1}/me/", headers={"Authorization": f"Token {token}"})

    assert response.status_code == 401


def test_token_that_is_revoked_opens_nothing(anonymous):
    client = client_of(make_user())
    other = client_of(make_user())

    assert client.delete(TOKEN).status_code == 204

    assert client.get(f"{V1}/me/").status_code == 401
    assert other.get(f"{V1}/me/").status_code == 200


def test_failure_is_the_same_whatever_is_wrong(anonymous):
    make_user(username="ada")
    make_user(username="gone", is_active=False)

    answers = [
        anonymous.post(TOKEN, {"username": name, "password": password})
        for name, password in [("ada", "wrong"), ("nobody", "ada"), ("gone", "gone")]
    ]

    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1


def test_guessing_is_slowed_down_by_address_and_by_name(anonymous):
    make_user(username="ada")
    for _ in range(10):
        anonymous.post(TOKEN, {"username": "ada", "password": "wrong"})

    by_address = anonymous.post(TOKEN, {"username": "ada", "password": "ada"})
    by_name = anonymous.post(TOKEN, {"username": "ADA", "password": "ada"}, REMOTE_ADDR="192.0.2.7")
    other = anonymous.post(TOKEN, {"username": "other", "password": "x"}, REMOTE_ADDR="192.0.2.7")

    assert (by_address.status_code, by_name.status_code, other.status_code) == (429, 429, 401)
    assert 0 < int(by_address["Retry-After"]) <= 60


def test_made_up_forwarded_addresses_do_not_help_guessing(anonymous):
    for n in range(10):
        anonymous.post(TOKEN, {"username": f"u{n}", "password": "wrong"}, headers={"X-Forwarded-For": f"192.0.2.{n}"})

    response = anonymous.post(TOKEN, {"username": "u", "password": "x"}, headers={"X-Forwarded-For": "192.0.2.99"})

    assert response.status_code == 429


def test_right_passwords_are_never_slowed_down(anonymous):
    make_user(username="ada")

    statuses = {anonymous.post(TOKEN, {"username": "ada", "password": "ada"}).status_code for _ in range(12)}

    assert statuses == {200}


def test_session_reads_and_needs_the_csrf_token_to_write():
    user = make_user()
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)

    read = browser.get(f"{V1}/me/")
    without = browser.post(f"{V1}/collections/", {"name": "x"}, content_type="application/json")
    browser.get("/accounts/password/change/")
    token = browser.cookies["csrftoken"].value
    content = {"name": "x", "extractors": [{"name": "color-histogram"}]}
    with_it = browser.post(
        f"{V1}/collections/", content, content_type="application/json", headers={"X-CSRFToken": token}
    )

    assert (read.status_code, without.status_code, with_it.status_code) == (200, 403, 201)
    assert without["Content-Type"] == "application/problem+json"


def test_gateway_key_shows_its_secret_once_and_keeps_a_hash():
    client = client_of(make_user())

    made = client.post(f"{V1}/me/api-keys/", {"name": "script"}).json()
    listed = client.get(f"{V1}/me/").json()["api_keys"]

    key = ApiKey.objects.get()
    assert key.digest == hashlib.sha256(made["secret"].encode()).hexdigest()
    assert listed == [{name: made[name] for name in ("id", "name", "prefix", "created")}]


def test_gateway_key_is_deleted_at_its_address():
    client = client_of(make_user())
    made = client.post(f"{V1}/me/api-keys/", {"name": "script"})

    response = client.delete(made["Location"])

    assert response.status_code == 204
    assert not ApiKey.objects.exists()
