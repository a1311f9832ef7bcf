"""Users and gateway keys in the admin."""

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse
from knox.models import AuthToken

from semblance.accounts.domain.keys import create_api_key
from semblance.accounts.models import ApiKey, User
from tests.admin.pages import address, run_action, said
from tests.factories import make_collection, make_user

pytestmark = pytest.mark.django_db
NEW = "a-long-winded-harbour"


def test_user_is_made_and_can_sign_in_by_address(root: Client) -> None:
    sent = {
        "username": "anna",
        "email": "Anna@Example.org",
        "usable_password": "true",
        "password1": NEW,
        "password2": NEW,
    }

    root.post(address(User, "add"), sent)
    visitor = Client()
    visitor.post("/accounts/login/", {"login": "anna@example.org", "password": NEW})

    anna = User.objects.get(username="anna")
    assert (anna.email, anna.is_staff) == ("anna@example.org", False)
    assert visitor.session["_auth_user_id"] == str(anna.pk)


def test_user_with_a_new_address_gets_no_reset_by_the_old_one(root: Client) -> None:
    anna = make_user("anna", email="")
    page = address(User, "change", anna.pk)
    sent = {"username": "anna", "is_active": "on", "date_joined_0": "2026-01-01", "date_joined_1": "00:00"}
    root.post(page, sent | {"email": "old@example.org"})

    root.post(page, sent | {"email": "new@example.org"})
    Client().post("/accounts/password/reset/", {"email": "old@example.org"})

    assert [a.email for a in EmailAddress.objects.filter(user=anna)] == ["new@example.org"]
    assert "/password/reset/key/" not in str(mail.outbox[0].body)


def test_password_set_by_staff_ends_tokens(root: Client) -> None:
    anna = make_user()
    AuthToken.objects.create(user=anna)

    root.post(
        reverse("admin:auth_user_password_change", args=[anna.pk]),
        {"password1": NEW, "password2": NEW, "usable_password": "true"},
    )

    assert User.objects.get(pk=anna.pk).check_password(NEW)
    assert not AuthToken.objects.exists()


def test_lock_out_and_let_in_again(root: Client, superuser: User) -> None:
    anna, browser = make_user(), Client()
    browser.force_login(anna)

    locked = run_action(root, "deactivate", [anna, superuser])
    inside = browser.get("/account/").status_code
    run_action(root, "activate", [anna])

    assert said(locked) == ["Locked out, with sessions, tokens and keys: 1 user."]
    assert inside == 302
    assert browser.get("/account/").status_code == 200
    assert User.objects.get(pk=superuser.pk).is_active


def test_rest_tokens_are_withdrawn(root: Client) -> None:
    anna, bert = make_user(), make_user()
    for user in (anna, bert):
        AuthToken.objects.create(user=user)

    run_action(root, "end_rest_access", [anna])

    assert [token.user for token in AuthToken.objects.all()] == [bert]


@pytest.mark.parametrize("by", ["action", "page"])
def test_user_who_owns_collections_is_not_deleted_and_the_way_out_is_shown(root: Client, by: str) -> None:
    anna = make_user("anna")
    make_collection(anna)
    way_out = f"{address(make_collection(anna).__class__, 'changelist')}?owner__id__exact={anna.pk}"

    if by == "action":
        question = run_action(root, "delete_selected", [anna])
        answer = run_action(root, "delete_selected", [anna], confirmed="yes")
        assert said(answer)[-1].startswith("anna still answers for 2 collections: ")
    else:
        question = root.get(address(User, "delete", anna.pk))
        root.post(address(User, "delete", anna.pk), {"post": "yes"})

    text = question.content.decode()
    assert "anna still owns 2 collections." in text
    assert way_out in text
    assert User.objects.filter(pk=anna.pk).exists()


@pytest.mark.parametrize("by", ["action", "page"])
def test_user_without_collections_is_deleted(root: Client, by: str) -> None:
    anna = make_user()
    create_api_key(user=anna, name="key")

    if by == "action":
        run_action(root, "delete_selected", [anna], confirmed="yes")
    else:
        root.post(address(User, "delete", anna.pk), {"post": "yes"})

    assert not User.objects.filter(pk=anna.pk).exists()
    assert not ApiKey.objects.exists()


def test_keys_show_no_secret_and_no_digest(root: Client) -> None:
    key, secret = create_api_key(user=make_user(), name="Museum page")

    pages = [root.get(address(ApiKey, "changelist")), root.get(address(ApiKey, "change", key.pk))]

    for page in pages:
        text = page.content.decode()
        assert "Museum page" in text
        assert key.digest not in text
        assert secret[8:] not in text


def test_keys_are_neither_made_nor_changed_by_staff(root: Client) -> None:
    key, _ = create_api_key(user=make_user(), name="key")

    assert root.get(address(ApiKey, "add")).status_code == 403
    assert root.post(address(ApiKey, "change", key.pk), {"name": "other"}).status_code == 403


def test_keys_are_revoked(root: Client) -> None:
    first, _ = create_api_key(user=make_user(), name="first")
    second, _ = create_api_key(user=make_user(), name="second")

    run_action(root, "delete_selected", [first], confirmed="yes")

    assert list(ApiKey.objects.all()) == [second]
