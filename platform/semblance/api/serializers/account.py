"""Who I am, tokens and gateway keys."""

from typing import Any

from rest_framework import serializers

from semblance.accounts.models import ApiKey


class CredentialsSerializer(serializers.Serializer[Any]):
    """What a token is given for."""

    username = serializers.CharField(max_length=254, help_text="Username or e-mail address.")
    password = serializers.CharField(max_length=4096, trim_whitespace=False, write_only=True)


class TokenSerializer(serializers.Serializer[Any]):
    """Goes into the header `Authorization: Token <token>`."""

    token = serializers.CharField()


class ApiKeySerializer(serializers.ModelSerializer[ApiKey]):
    """A gateway key without its secret."""

    class Meta:
        model = ApiKey
        fields = ["id", "name", "prefix", "created"]
        read_only_fields = ["prefix", "created"]


class NewApiKeySerializer(ApiKeySerializer):
    """A gateway key at the one moment its secret is known."""

    secret = serializers.CharField(
        allow_null=True, help_text="Shown once, here; null where an idempotency key is used again."
    )

    class Meta(ApiKeySerializer.Meta):
        fields = [*ApiKeySerializer.Meta.fields, "secret"]


class ApiKeyRequestSerializer(serializers.Serializer[Any]):
    """What a new key needs."""

    name = serializers.CharField(max_length=100, help_text="What the key is for.")


class AccountSerializer(serializers.Serializer[Any]):
    """The caller."""

    id = serializers.UUIDField()
    username = serializers.CharField()
    email = serializers.CharField(allow_blank=True)
    api_keys = ApiKeySerializer(many=True)
