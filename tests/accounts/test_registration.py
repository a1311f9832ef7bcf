"""Open and closed registration."""

from html import unescape

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from semblance.accounts.models import User
from tests.factories import make_user

pytestmark = pytest.mark.django_db
SIGNUP = "/accounts/signup/"
PASSWORD = "a-long-winded-harbour"


def form(username: str = "anna", email: str = "anna@example.org") -> dict[str, str]:
    return {"username": username, "email": email, "password1": PASSWORD, "password2": PASSWORD}


def test_registration_is_closed_unless_opened(settings: Settings) -> None:
    assert settings.SEMBLANCE_REGISTRATION_OPEN is False


def test_closed_registration_says_so_and_whom_to_ask(client: Client, settings: Settings) -> None:
    settings.SEMBLANCE_CONTACT = "images@example.org"

    page = client.get(SIGNUP)

    assert page.status_code == 200
    assert page.templates[0].name == "account/signup_closed.html"
    assert page.context["contact"] == "images@example.org"
    assert "images@example.org" in unescape(page.content.decode())
    assert 'name="password1"' not in page.content.decode()


def test_closed_registration_refuses_forms(client: Client) -> None:
    answer = client.post(SIGNUP, form())

    assert answer.status_code == 403
    assert not User.objects.exists()


def test_open_registration_makes_an_account_and_signs_in(client: Client, settings: Settings) -> None:
    settings.SEMBLANCE_REGISTRATION_OPEN = True

    answer = client.post(SIGNUP, form())

    anna = User.objects.get()
    assert answer["Location"] == "/"
    assert (anna.username, anna.email, anna.is_staff, anna.is_superuser) == ("anna", "anna@example.org", False, False)
    assert client.session["_auth_user_id"] == str(anna.pk)


def test_open_registration_does_without_an_address(client: Client, settings: Settings) -> None:
    settings.SEMBLANCE_REGISTRATION_OPEN = True

    client.post(SIGNUP, form(email=""))

    assert User.objects.get().email == ""


@pytest.mark.parametrize("password", ["short", "password123", "1029384756", "anna@example.org"])
def test_open_registration_refuses_weak_passwords(client: Client, settings: Settings, password: str) -> None:
    settings.SEMBLANCE_REGISTRATION_OPEN = True

    client.post(SIGNUP, form() | {"password1": password, "password2": password})

    assert not User.objects.exists()


def test_open_registration_does_not_tell_whose_address_is_known(client: Client, settings: Settings) -> None:
    settings.SEMBLANCE_REGISTRATION_OPEN = True
    make_user(username="bert", email="bert@example.org")

    known = client.post(SIGNUP, form("anna", "bert@example.org"))
    unknown = Client().post(SIGNUP, form("carl", "carl@example.org"))

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"]) == (302, "/")


def test_account_with_a_borrowed_address_opens_nothing_of_its_owner(client: Client, settings: Settings) -> None:
    settings.SEMBLANCE_REGISTRATION_OPEN = True
    bert = make_user(username="bert", email="bert@example.org")
    client.post(SIGNUP, form("anna", "bert@example.org"))

    visitor = Client()
    visitor.post("/accounts/login/", {"login": "bert@example.org", "password": "bert"})

    assert visitor.session["_auth_user_id"] == str(bert.pk)
