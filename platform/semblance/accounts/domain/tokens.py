"""REST tokens."""

from knox.models import AuthToken

from semblance.accounts.models import User


def issue_token(*, user: User) -> str:
    """Make a token; only its hash is kept."""
    _, token = AuthToken.objects.create(user=user)
    return str(token)


def revoke_token(*, token: AuthToken) -> None:
    """Make a token worthless from now on."""
    token.delete()
