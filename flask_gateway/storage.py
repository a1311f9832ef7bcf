"""Reading stored originals and thumbnails."""

from pathlib import Path
from typing import Any, Protocol

from flask_gateway.config import Bucket, GatewayConfig
from semblance.common.errors import NotFound, Unavailable


class Storage(Protocol):
    """Where the platform keeps the files of images."""

    def read(self, name: str) -> bytes:
        """Return a file's content; NotFound where it is gone."""
        ...


class Folder:
    """Files below the data folder."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    def read(self, name: str) -> bytes:
        path = (self.root / name).resolve()
        if not path.is_relative_to(self.root) or not path.is_file():
            raise _gone()
        return path.read_bytes()


class S3:
    """Files in a bucket."""

    def __init__(self, bucket: Bucket) -> None:
        import boto3  # type: ignore[import-untyped]

        self.bucket = bucket.name
        self.client: Any = boto3.client(
            "s3",
            endpoint_url=bucket.endpoint,
            region_name=bucket.region,
            aws_access_key_id=bucket.access_key,
            aws_secret_access_key=bucket.secret_key,
        )

    def read(self, name: str) -> bytes:
        from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

        try:
            return bytes(self.client.get_object(Bucket=self.bucket, Key=name)["Body"].read())
        except self.client.exceptions.NoSuchKey as error:
            raise _gone() from error
        except (BotoCoreError, ClientError) as error:
            raise Unavailable("The storage of pictures does not answer at the moment; try again later.") from error


def storage_of(config: GatewayConfig) -> Storage:
    return S3(config.bucket) if config.bucket else Folder(config.media_folder)


def _gone() -> NotFound:
    return NotFound("The file of this picture is gone.")
