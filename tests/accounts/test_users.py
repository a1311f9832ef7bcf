"""Addresses, tokens, and the end of an account."""

from collections.abc import Callable
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from knox.models import AuthToken

from semblance.accounts.domain.keys import create_api_key, revoke_api_key
from semblance.accounts.domain.users import change_email, delete_user, revoke_tokens
from semblance.accounts.models import ApiKey, User
from semblance.common.errors import Conflict, InvalidInput
from semblance.library.domain.collections import change_owner
from semblance.library.domain.members import add_member
from semblance.library.enums import Role
from semblance.library.models import Collection, Image
from semblance.search.domain.searches import create_search
from semblance.search.domain.votes import cast_votes
from semblance.search.models import Search, Vote
from tests.factories import make_collection, make_image, make_user, picture

pytestmark = pytest.mark.django_db


def gateway_digests() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT digest FROM gateway.api_keys_v1")
        return [row[0] for row in cursor.fetchall()]


def test_user_deleted_takes_searches_votes_keys_and_tokens_along(run_jobs: Callable[[], int], media: Path) -> None:
    owner, anna = make_user(), make_user()
    collection = make_collection(owner)
    image = make_image(collection)
    run_jobs_after_indexing(collection, run_jobs)
    add_member(collection=collection, username=anna.username, role=Role.VIEWER)
    search = create_search(user=anna, collections=[collection.pk], file=picture(5))
    cast_votes(search=search, user=anna, votes={image.pk: 1})
    create_api_key(user=anna, name="key")
    AuthToken.objects.create(user=anna)

    delete_user(user=anna)
    run_jobs()

    for model in (Search, Vote, ApiKey, AuthToken):
        assert model.objects.count() == 0
    assert [path for path in (media / "queries").rglob("*") if path.is_file()] == []
    assert Image.objects.get() == image


def run_jobs_after_indexing(collection: Collection, run_jobs: Callable[[], int]) -> None:
    from semblance.indexing.domain.jobs import request_indexing

    request_indexing(collection=collection, user=None)
    run_jobs()


def test_user_who_owns_collections_is_not_deleted() -> None:
    anna = make_user(username="anna")
    for name in ("Birds", "Cars", "Dogs", "Elks"):
        make_collection(anna, name=name)

    with pytest.raises(Conflict) as refusal:
        delete_user(user=anna)

    assert refusal.value.detail == (
        "anna still answers for 4 collections: Birds, Cars, Dogs and 1 more. Hand over or delete what they own first."
    )
    assert User.objects.filter(pk=anna.pk).exists()


def test_user_who_handed_everything_over_is_deleted() -> None:
    anna, bert = make_user(), make_user()
    collection = make_collection(anna)

    change_owner(collection=collection, owner=bert)
    delete_user(user=anna)

    assert list(User.objects.all()) == [bert]
    assert Collection.objects.get().owner == bert


def test_email_changed_replaces_every_older_address() -> None:
    anna = make_user(email="")

    change_email(user=anna, email="one@example.org")
    change_email(user=anna, email=" Two@Example.org ")

    assert User.objects.get().email == "two@example.org"
    assert [(a.email, a.primary) for a in EmailAddress.objects.all()] == [("two@example.org", True)]


def test_email_removed_leaves_no_address() -> None:
    anna = make_user(email="")
    change_email(user=anna, email="one@example.org")

    change_email(user=anna, email="")

    assert (User.objects.get().email, EmailAddress.objects.count()) == ("", 0)


def test_tokens_revoked_are_those_of_one_person() -> None:
    anna, bert = make_user(), make_user()
    for user in (anna, anna, bert):
        AuthToken.objects.create(user=user)

    revoke_tokens(user=anna)

    assert [token.user for token in AuthToken.objects.all()] == [bert]


def test_api_key_keeps_no_secret() -> None:
    key, secret = create_api_key(user=make_user(), name="  Museum page  ")

    assert (key.name, key.prefix) == ("Museum page", secret[:8])
    assert secret not in str([list(row) for row in ApiKey.objects.values_list()])


def test_api_key_without_name_is_refused() -> None:
    with pytest.raises(InvalidInput):
        create_api_key(user=make_user(), name="  ")


def test_api_keys_of_locked_out_people_are_unknown_to_the_gateway() -> None:
    anna, bert = make_user(), make_user()
    create_api_key(user=anna, name="key")
    key, _ = create_api_key(user=bert, name="key")

    User.objects.filter(pk=anna.pk).update(is_active=False)

    assert gateway_digests() == [key.digest]


def test_api_key_revoked_is_unknown_to_the_gateway() -> None:
    key, _ = create_api_key(user=make_user(), name="key")

    revoke_api_key(key=key)

    assert gateway_digests() == []
