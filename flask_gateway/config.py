"""What the gateway is told by its environment; it has no other configuration."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from limits import parse_many

from semblance.common.errors import InvalidInput
from semblance.common.images import DEFAULT_LIMITS, DecodeLimits


class Variable(NamedTuple):
    """One environment variable; ``default`` is as it would be written in the environment."""

    default: str
    help: str


VARIABLES: Final[Mapping[str, Variable]] = {
    "SEMBLANCE_GATEWAY_DATABASE_URL": Variable("", "The database as the role semblance_gateway. There is no default."),
    "SEMBLANCE_DATA": Variable("./var", "Folder that originals, thumbnails and weights lie in."),
    "SEMBLANCE_WEIGHTS": Variable("", "Weights of extractors; the data folder's `weights` by default."),
    "SEMBLANCE_EXTRACTION_SOCKET": Variable("", "Extraction service; `extraction.sock` of the data folder by default."),
    "SEMBLANCE_DEVICE": Variable("auto", "Where deep extractors compute: auto, cpu or cuda."),
    "SEMBLANCE_MAX_PIXELS": Variable("100", "Megapixels of the largest image that is decoded; 178 at most."),
    "SEMBLANCE_BEHIND_PROXY": Variable("false", "Believe what the one proxy in front says of the caller's address."),
    "SEMBLANCE_GATEWAY_RATE": Variable("60 per minute", "Requests of one address that shows no key."),
    "SEMBLANCE_GATEWAY_KEY_RATE": Variable("600 per minute", "Requests of one key."),
    "SEMBLANCE_GATEWAY_CONNECTIONS": Variable("8", "Most database connections of one gateway process."),
    "SEMBLANCE_S3_BUCKET": Variable("", "Bucket of originals and thumbnails, where they are not in the data folder."),
    "SEMBLANCE_S3_ENDPOINT": Variable("", "S3 service, where it is not Amazon's."),
    "SEMBLANCE_S3_REGION": Variable("", "Region of the bucket."),
    "SEMBLANCE_S3_ACCESS_KEY": Variable("", "Access key; without it the machine's own role is used."),
    "SEMBLANCE_S3_SECRET_KEY": Variable("", "Secret that goes with the access key."),
}
"""Every variable that the gateway reads."""

_HOME: Final = next(
    (place for place in Path(__file__).resolve().parents if (place / "pyproject.toml").exists()), Path.cwd()
)
"""What relative folders count from: the checkout, or the working directory of an installed gateway."""
_BUCKET_PARTS: Final = ("BUCKET", "ENDPOINT", "REGION", "ACCESS_KEY", "SECRET_KEY")
_MOST_MEGAPIXELS: Final = 178
"""Pillow opens nothing larger."""
_TRUE: Final = frozenset({"1", "true", "yes", "on"})


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where an S3 service keeps the images."""

    name: str
    endpoint: str | None = None
    region: str | None = None
    access_key: str | None = None
    secret_key: str | None = None


@dataclass(frozen=True, slots=True)
class GatewayConfig:
    """Everything that one gateway process needs to know."""

    database_url: str
    media_folder: Path
    weights_folder: Path
    extraction_socket: Path
    device: str = "auto"
    decode_limits: DecodeLimits = DEFAULT_LIMITS
    bucket: Bucket | None = None
    behind_proxy: bool = False
    anonymous_rate: str = VARIABLES["SEMBLANCE_GATEWAY_RATE"].default
    key_rate: str = VARIABLES["SEMBLANCE_GATEWAY_KEY_RATE"].default
    connections: int = 8


def from_environment(environment: Mapping[str, str] = os.environ) -> GatewayConfig:
    """Read the configuration; InvalidInput names the variable that is missing or wrong."""

    def text(name: str) -> str:
        return environment.get(name, "").strip() or VARIABLES[name].default

    if not text("SEMBLANCE_GATEWAY_DATABASE_URL"):
        raise InvalidInput("The gateway needs SEMBLANCE_GATEWAY_DATABASE_URL; docs/gateway.md says what to put there.")

    def folder(value: str) -> Path:
        return (_HOME / Path(value).expanduser()).resolve()

    data = folder(text("SEMBLANCE_DATA"))
    return GatewayConfig(
        database_url=text("SEMBLANCE_GATEWAY_DATABASE_URL"),
        media_folder=data / "media",
        weights_folder=folder(text("SEMBLANCE_WEIGHTS") or str(data / "weights")),
        extraction_socket=folder(text("SEMBLANCE_EXTRACTION_SOCKET") or str(data / "extraction.sock")),
        device=text("SEMBLANCE_DEVICE"),
        decode_limits=_limits("SEMBLANCE_MAX_PIXELS", text("SEMBLANCE_MAX_PIXELS")),
        bucket=_bucket(*(text(f"SEMBLANCE_S3_{part}") for part in _BUCKET_PARTS)),
        behind_proxy=text("SEMBLANCE_BEHIND_PROXY").lower() in _TRUE,
        anonymous_rate=_rate("SEMBLANCE_GATEWAY_RATE", text("SEMBLANCE_GATEWAY_RATE")),
        key_rate=_rate("SEMBLANCE_GATEWAY_KEY_RATE", text("SEMBLANCE_GATEWAY_KEY_RATE")),
        connections=_count("SEMBLANCE_GATEWAY_CONNECTIONS", text("SEMBLANCE_GATEWAY_CONNECTIONS")),
    )


def _bucket(name: str, endpoint: str, region: str, access_key: str, secret_key: str) -> Bucket | None:
    if not name:
        return None
    return Bucket(name, endpoint or None, region or None, access_key or None, secret_key or None)


def _rate(name: str, value: str) -> str:
    try:
        parse_many(value)
    except ValueError as error:
        raise InvalidInput(f"{name} must read like “60 per minute”, not {value!r}.") from error
    return value


def _limits(name: str, value: str) -> DecodeLimits:
    if (megapixels := _count(name, value)) > _MOST_MEGAPIXELS:
        raise InvalidInput(f"{name} must be at most {_MOST_MEGAPIXELS}, not {value}.")
    return DecodeLimits(max_pixels=megapixels * 1_000_000)


def _count(name: str, value: str) -> int:
    if not value.isdecimal() or int(value) < 1:
        raise InvalidInput(f"{name} must be a whole number from 1 on, not {value!r}.")
    return int(value)
