"""Gateway keys."""

import hashlib
import secrets

from semblance.accounts.models import ApiKey, User
from semblance.common.errors import InvalidInput

PREFIX = "sk_"


def create_api_key(*, user: User, name: str) -> tuple[ApiKey, str]:
    """Make a key and return it with its secret, which cannot be shown again."""
    if not name.strip():
        raise InvalidInput("A key needs a name, so that you know later what it is for.", fields={"name": ["Required."]})
    secret = PREFIX + secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        user=user,
        name=name.strip()[:100],
        prefix=secret[:8],
        digest=hashlib.sha256(secret.encode()).hexdigest(),
    )
    return key, secret


def revoke_api_key(*, key: ApiKey) -> None:
    """Make a key worthless from now on."""
    key.delete()
