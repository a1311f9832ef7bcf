"""Log in and log out."""

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client
from django.urls import reverse

from semblance.accounts.models import User
from tests.factories import make_user

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"
HOME = "/"


def sign_in(client: Client, login: str, password: str, next_address: str = "") -> str:
    """Return where the answer leads, or an empty string where it leads nowhere."""
    answer = client.post(LOGIN, {"login": login, "password": password, "next": next_address})
    return str(answer.get("Location", ""))


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.mark.parametrize("login", ["anna", "ANNA", "anna@example.org", "Anna@Example.org"])
def test_login_takes_the_name_or_the_address_in_any_case(client: Client, login: str) -> None:
    make_user(username="anna", email="anna@example.org")

    leads_to = sign_in(client, login, "anna")

    assert leads_to == HOME
    assert signed_in(client)


def test_login_answers_wrong_passwords_and_unknown_people_alike(client: Client) -> None:
    make_user(username="anna")

    wrong = client.post(LOGIN, {"login": "anna", "password": "wrong"})
    unknown = client.post(LOGIN, {"login": "nobody", "password": "wrong"})

    assert wrong.status_code == unknown.status_code == 200
    assert wrong.context["form"].errors == unknown.context["form"].errors
    assert wrong.context["form"].non_field_errors() == ["The username and/or password you specified are not correct."]
    assert not signed_in(client)


@pytest.mark.parametrize("known", ["anna", "anna@example.org"])
def test_login_hashes_as_often_for_unknown_people(client: Client, monkeypatch: pytest.MonkeyPatch, known: str) -> None:
    make_user("anna", email="anna@example.org")
    hashed: list[str] = []
    encode = MD5PasswordHasher.encode

    def counting(hasher: MD5PasswordHasher, password: str, salt: str) -> str:
        hashed.append(password)
        return encode(hasher, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counting)
    for login in (known, known.replace("anna", "nobody")):
        client.post(LOGIN, {"login": login, "password": f"wrong for {login}"})

    assert hashed.count(f"wrong for {known}") == hashed.count(f"wrong for {known.replace('anna', 'nobody')}") > 0


def test_login_gives_the_session_another_key(client: Client) -> None:
    make_user(username="anna")
    session = client.session
    session["known-before"] = True
    session.save()
    key_before = session.session_key

    sign_in(client, "anna", "anna")

    assert client.session.session_key != key_before
    assert not client.session.exists(str(key_before))


@pytest.mark.parametrize(
    ("asked", "leads_to"),
    [
        ("/account/", "/account/"),
        ("https://evil.example/", HOME),
        ("//evil.example/", HOME),
        ("https:evil.example", HOME),
        ("javascript:alert(1)", HOME),
        ("/\\evil.example", HOME),
    ],
)
def test_login_leads_on_only_within_this_site(client: Client, asked: str, leads_to: str) -> None:
    make_user(username="anna")

    assert sign_in(client, "anna", "anna", asked) == leads_to


def test_login_refuses_who_was_locked_out(client: Client) -> None:
    make_user(username="anna", is_active=False)

    sign_in(client, "anna", "anna")

    assert not signed_in(client)


def test_session_ends_for_who_is_locked_out(client: Client) -> None:
    anna = make_user(username="anna")
    client.force_login(anna)

    User.objects.filter(pk=anna.pk).update(is_active=False)

    answer = client.get(reverse("dashboard:account"))
    assert answer.status_code == 302
    assert answer["Location"].startswith(LOGIN)


def test_logout_by_get_only_asks(client: Client) -> None:
    client.force_login(make_user())

    client.get("/accounts/logout/")

    assert signed_in(client)


def test_logout_by_post_ends_the_session(client: Client) -> None:
    client.force_login(make_user())

    answer = client.post("/accounts/logout/")

    assert answer["Location"] == LOGIN
    assert not signed_in(client)


def test_login_without_csrf_token_is_refused() -> None:
    make_user(username="anna")
    strict = Client(enforce_csrf_checks=True)

    answer = strict.post(LOGIN, {"login": "anna", "password": "anna"})

    assert answer.status_code == 403
    assert not signed_in(strict)
