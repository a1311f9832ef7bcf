"""Change and reset passwords."""

import re

import pytest
from django.core import mail
from django.test import Client
from knox.models import AuthToken

from semblance.accounts.domain.users import change_email
from semblance.accounts.models import User
from tests.factories import make_user

pytestmark = pytest.mark.django_db
CHANGE = "/accounts/password/change/"
RESET = "/accounts/password/reset/"
NEW = "a-long-winded-harbour"


def ask_for_reset(email: str) -> tuple[int, str]:
    answer = Client().post(RESET, {"email": email})
    return answer.status_code, answer["Location"]


def reset_link() -> str:
    found = re.search(r"http://testserver(/accounts/password/reset/key/\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def test_password_changed_keeps_this_session_and_ends_the_others(client: Client) -> None:
    anna, elsewhere = make_user(username="anna"), Client()
    client.force_login(anna)
    elsewhere.force_login(anna)
    AuthToken.objects.create(user=anna)

    client.post(CHANGE, {"oldpassword": "anna", "password1": NEW, "password2": NEW})

    assert User.objects.get().check_password(NEW)
    assert client.get("/account/").status_code == 200
    assert elsewhere.get("/account/").status_code == 302
    assert not AuthToken.objects.exists()


def test_password_change_wants_the_old_one(client: Client) -> None:
    client.force_login(make_user(username="anna"))

    client.post(CHANGE, {"oldpassword": "wrong", "password1": NEW, "password2": NEW})

    assert User.objects.get().check_password("anna")


def test_password_reset_by_mail_sets_a_new_one_and_ends_tokens_and_sessions(client: Client) -> None:
    anna, elsewhere = make_user(username="anna", email="anna@example.org"), Client()
    elsewhere.force_login(anna)
    AuthToken.objects.create(user=anna)

    ask_for_reset("anna@example.org")
    page = client.get(reset_link(), follow=True)
    client.post(page.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})

    assert mail.outbox[0].to == ["anna@example.org"]
    assert User.objects.get().check_password(NEW)
    assert elsewhere.get("/account/").status_code == 302
    assert not AuthToken.objects.exists()


def test_password_reset_link_works_once(client: Client) -> None:
    make_user(username="anna", email="anna@example.org")
    ask_for_reset("anna@example.org")
    page = client.get(reset_link(), follow=True)
    client.post(page.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})

    again = Client().get(reset_link(), follow=True)

    assert again.context["token_fail"] is True


def test_password_reset_answers_known_and_unknown_addresses_alike() -> None:
    make_user(email="anna@example.org")
    make_user(email="gone@example.org", is_active=False)

    answers = {ask_for_reset(f"{name}@example.org") for name in ("anna", "nobody", "gone")}

    assert answers == {(302, "/accounts/password/reset/done/")}
    assert [message.to for message in mail.outbox] == [[f"{n}@example.org"] for n in ("anna", "nobody", "gone")]


def test_password_reset_gives_no_link_to_strangers_and_locked_out_people() -> None:
    make_user(email="gone@example.org", is_active=False)

    ask_for_reset("nobody@example.org")
    ask_for_reset("gone@example.org")

    assert ["/password/reset/key/" in str(message.body) for message in mail.outbox] == [False, False]


def test_password_reset_goes_to_the_new_address_alone_after_a_change() -> None:
    anna = make_user(username="anna", email="")
    change_email(user=anna, email="old@example.org")
    change_email(user=anna, email="New@example.org")

    ask_for_reset("old@example.org")
    ask_for_reset("new@example.org")

    assert [("/password/reset/key/" in str(m.body), m.to) for m in mail.outbox] == [
        (False, ["old@example.org"]),
        (True, ["new@example.org"]),
    ]


def test_mails_go_to_the_console_by_default() -> None:
    from semblance.settings import env

    assert env.email()["EMAIL_BACKEND"] == "django.core.mail.backends.console.EmailBackend"


def test_mail_to_strangers_sends_nobody_to_a_closed_registration() -> None:
    ask_for_reset("nobody@example.org")

    assert "No account here has this address." in str(mail.outbox[0].body)
    assert "signup" not in str(mail.outbox[0].body)
