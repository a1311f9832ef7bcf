"""What the browser is told to allow: a little more in the admin than elsewhere, and nothing from other hosts."""

import pytest
from django.test import Client

from semblance.accounts.models import User

pytestmark = pytest.mark.django_db


def policy(client: Client, address: str) -> dict[str, set[str]]:
    header = client.get(address)["Content-Security-Policy"]
    return {name: set(sources) for name, *sources in (part.split() for part in header.split(";"))}


def test_admin_may_evaluate_expressions_of_its_own_scripts(root: Client) -> None:
    allowed = policy(root, "/admin/library/collection/")

    assert allowed["script-src"] == {"'self'", "'unsafe-eval'"}
    assert allowed["default-src"] == {"'self'"}
    assert allowed["object-src"] == {"'none'"}


@pytest.mark.parametrize("address", ["/", "/account/", "/accounts/password/change/"])
def test_other_pages_evaluate_nothing(root: Client, address: str) -> None:
    assert not any("'unsafe-eval'" in sources for sources in policy(root, address).values())


def test_no_policy_names_another_host(root: Client, superuser: User) -> None:
    allowed = set().union(*policy(root, "/admin/").values(), *policy(root, "/").values())

    assert {source for source in allowed if not source.startswith("'")} <= {"data:", "blob:"}
