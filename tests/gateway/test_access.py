"""Keys and rate limits."""

import pytest
from flask.testing import FlaskClient

from semblance.accounts.domain.keys import create_api_key, revoke_api_key
from semblance.accounts.models import User
from tests.gateway.world import Opened, World, document

COLLECTIONS = "/v1/collections"
pytestmark = pytest.mark.django_db


def statuses(client: FlaskClient, count: int, **headers: str) -> list[int]:
    return [client.get(COLLECTIONS, headers=headers).status_code for _ in range(count)]


def test_anonymous_callers_have_the_lower_limit(world: World, open_gateway: Opened) -> None:
    client = open_gateway(anonymous_rate="2 per minute", key_rate="4 per minute")

    assert statuses(client, 3) == [200, 200, 429]
    assert statuses(client, 5, **{"X-API-Key": world.secret}) == [200, 200, 200, 200, 429]


def test_refusal_says_how_long_to_wait(open_gateway: Opened) -> None:
    client = open_gateway(anonymous_rate="1 per minute")
    granted = client.get(COLLECTIONS)

    refused = client.get(COLLECTIONS)

    assert granted.headers["X-RateLimit-Remaining"] == "0"
    assert "Retry-After" not in granted.headers
    assert (refused.status_code, document(refused)["code"]) == (429, "throttled")
    assert 1 <= int(refused.headers["Retry-After"]) <= 61


def test_limit_counts_all_addresses_together(world: World, open_gateway: Opened) -> None:
    client = open_gateway(anonymous_rate="2 per minute")
    client.get(COLLECTIONS)
    client.get(f"{COLLECTIONS}/flowers")

    assert client.get("/v1/queries/nothing").status_code == 429


def test_callers_have_limits_of_their_own(world: World, open_gateway: Opened) -> None:
    client = open_gateway(anonymous_rate="1 per minute")
    client.get(COLLECTIONS, environ_base={"REMOTE_ADDR": "192.0.2.1"})

    other = client.get(COLLECTIONS, environ_base={"REMOTE_ADDR": "192.0.2.2"})

    assert other.status_code == 200


def test_network_of_ipv6_is_one_caller(open_gateway: Opened) -> None:
    client = open_gateway(anonymous_rate="1 per minute")
    addresses = ("2001:db8::1", "2001:db8::ffff", "2001:db8:0:1::1")

    asked = [client.get(COLLECTIONS, environ_base={"REMOTE_ADDR": address}).status_code for address in addresses]

    assert asked == [200, 429, 200]


@pytest.mark.parametrize(("behind", "status"), [(True, 200), (False, 429)])
def test_forwarded_address_counts_behind_a_proxy_only(open_gateway: Opened, *, behind: bool, status: int) -> None:
    client = open_gateway(anonymous_rate="1 per minute", behind_proxy=behind)
    client.get(COLLECTIONS, headers={"X-Forwarded-For": "192.0.2.1"})

    assert client.get(COLLECTIONS, headers={"X-Forwarded-For": "192.0.2.2"}).status_code == status


@pytest.mark.parametrize("key", ["wrong", "sk_" + "x" * 43, "ü", "a" * 5000])
def test_unknown_key_is_refused(client: FlaskClient, key: str) -> None:
    response = client.get(COLLECTIONS, headers={"X-API-Key": key})

    assert (response.status_code, document(response)["code"]) == (401, "unknown-key")
    assert response.content_type == "application/problem+json"


def test_trying_keys_is_limited(open_gateway: Opened) -> None:
    client = open_gateway(anonymous_rate="2 per minute")

    tried = [client.get(COLLECTIONS, headers={"X-API-Key": f"sk_{n}"}).status_code for n in range(3)]

    assert tried == [401, 401, 429]


def test_revoked_key_is_worthless_at_once(world: World, client: FlaskClient) -> None:
    key, secret = world.commit(lambda: create_api_key(user=world.owner, name="another"))
    before = statuses(client, 1, **{"X-API-Key": secret})

    world.commit(lambda: revoke_api_key(key=key))

    assert before + statuses(client, 1, **{"X-API-Key": secret}) == [200, 401]


def test_key_of_a_deactivated_person_is_worthless(world: World, client: FlaskClient) -> None:
    people = User.objects.filter(pk=world.owner.pk)
    world.commit(lambda: people.update(is_active=False))
    refused = statuses(client, 1, **{"X-API-Key": world.secret})
    world.commit(lambda: people.update(is_active=True))

    assert refused == [401]


def test_watching_and_documentation_are_free(open_gateway: Opened) -> None:
    client = open_gateway(anonymous_rate="1 per minute")
    client.get(COLLECTIONS)

    for address in ("/healthz", "/readyz", "/metrics", "/v1/docs", "/v1/openapi.json"):
        assert client.get(address, headers={"X-API-Key": "wrong"}).status_code == 200
