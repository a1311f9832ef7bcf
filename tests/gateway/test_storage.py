"""Where the gateway reads pictures from."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from flask_gateway.config import Bucket, GatewayConfig
from flask_gateway.storage import Folder, storage_of
from semblance.common.errors import NotFound, Unavailable


class Bucketful(BaseHTTPRequestHandler):
    """As much of an S3 service as reading takes: one object, and the errors of the protocol."""

    def do_GET(self) -> None:
        status, body = {
            "/pictures/thumbnails/one.jpg": (200, b"a thumbnail"),
            "/pictures/forbidden": (403, b"<Error><Code>AccessDenied</Code></Error>"),
        }.get(self.path, (404, b"<Error><Code>NoSuchKey</Code></Error>"))
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Bucketful) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield Bucket("pictures", f"http://127.0.0.1:{server.server_port}", "eu-central-1", "key", "secret")
        server.shutdown()


@pytest.fixture
def config(tmp_path: Path, bucket: Bucket) -> GatewayConfig:
    return GatewayConfig("postgresql://x", tmp_path, tmp_path, tmp_path / "socket", bucket=bucket)


def test_bucket_gives_what_it_holds(config: GatewayConfig) -> None:
    assert storage_of(config).read("thumbnails/one.jpg") == b"a thumbnail"


def test_bucket_tells_what_is_gone_from_what_is_closed(config: GatewayConfig) -> None:
    storage = storage_of(config)

    with pytest.raises(NotFound):
        storage.read("thumbnails/two.jpg")
    with pytest.raises(Unavailable):
        storage.read("forbidden")


@pytest.mark.parametrize("name", ["../secret", "/etc/hostname", "images/../../secret", "images", "nothing"])
def test_folder_gives_files_below_it_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "media" / "images").mkdir(parents=True)
    (tmp_path / "media" / "images" / "one").write_bytes(b"one")
    folder = Folder(tmp_path / "media")

    assert folder.read("images/one") == b"one"
    with pytest.raises(NotFound):
        folder.read(name)
