"""The extraction service: takes pictures over a Unix socket and has a child process turn them into vectors.

The child alone loads heavy frameworks. It starts with the first request and leaves when it has been idle, so that a
quiet installation holds no memory for it; should it crash, the next request starts another.
:mod:`semblance.extractors.channel` is the client.
"""

import json
import multiprocessing
import os
import signal
import threading
import time
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer
from typing import Any, ClassVar, Final, Literal

from semblance.extractors import registry
from semblance.extractors.channel import (
    ExtractionFailed,
    UnixConnection,
    Vector,
    extract_in_place,
    pack,
    socket_address,
    unpack_pixels,
)
from semblance.extractors.contract import ExtractorContext, ExtractorUnavailable, Pixels

IDLE_SECONDS: Final = 300.0
"""The child leaves after this long without a request."""

LONGEST_EXTRACTION: Final = 110.0
"""Seconds until an extraction is given up and its child ended; shorter than the client's patience."""

LARGEST_BODY: Final = 32 * 1024 * 1024
"""Bytes of the largest request; a picture of the working size has 2 MB."""

_OWNER_ONLY: Final = 0o177
_READ_SECONDS: Final = 30.0
_WHAT_THERE_IS: Final = "There is GET /healthz and POST /extract/NAME."

Answer = tuple[Literal["vector"], Vector] | tuple[Literal["unavailable", "failed"], str]


class SocketInUse(RuntimeError):
    """Another service answers at the socket."""


class Extraction:
    """The child process and the way to ask it; safe to call from many threads.

    Parameters
    ----------
    context : ExtractorContext
        Given to every extractor.
    idle : float
        Seconds without a request after which the child leaves.
    longest : float
        Seconds that one extraction may take, the loading of the framework included.
    """

    def __init__(
        self, context: ExtractorContext, *, idle: float = IDLE_SECONDS, longest: float = LONGEST_EXTRACTION
    ) -> None:
        self._context = context
        self._idle = idle
        self._longest = longest
        self._child: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._last_use = time.monotonic()
        self._lock = threading.Lock()

    @property
    def working(self) -> bool:
        """Whether the child is there."""
        child = self._child
        return child is not None and child.is_alive()

    def ask(self, name: str, pixels: Pixels) -> Answer:
        """Have one picture extracted, one request at a time.

        Parameters
        ----------
        name : str
            Name of an extractor.
        pixels : (H, W, 3) uint8 array

        Returns
        -------
        ("vector", (dimension,) float32 array), ("unavailable", reason) or ("failed", reason)
        """
        with self._lock:
            try:
                return self._answer(name, pixels)
            finally:
                self._last_use = time.monotonic()

    def rest_when_idle(self) -> None:
        """Let the child go when nobody has asked for long enough; returns at once while it works."""
        if self._child is None or not self._lock.acquire(blocking=False):
            return
        try:
            if time.monotonic() - self._last_use >= self._idle:
                self._end_child()
        finally:
            self._lock.release()

    def stop(self) -> None:
        """End the child, also in the middle of its work."""
        if child := self._child:
            child.terminate()
        with self._lock:
            self._end_child()

    def _answer(self, name: str, pixels: Pixels) -> Answer:
        pipe = self._ready_pipe()
        try:
            pipe.send((name, pixels))
            if pipe.poll(self._longest):
                answer: Answer = pipe.recv()
                return answer
            reason = f"took longer than {self._longest:g} s"
        except (EOFError, OSError):
            reason = "ended in the middle of the work, perhaps for want of memory"
        self._end_child()
        return "unavailable", f"The extraction process {reason}; the next request starts another one."

    def _ready_pipe(self) -> Connection:
        if self._child is not None and self._pipe is not None and self._child.is_alive():
            return self._pipe
        self._end_child()
        processes = multiprocessing.get_context("spawn")
        self._pipe, theirs = processes.Pipe()
        self._child = processes.Process(target=work, args=(theirs, self._context), daemon=True)
        self._child.start()
        theirs.close()
        return self._pipe

    def _end_child(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.join()
        if self._pipe is not None:
            self._pipe.close()
        self._child = self._pipe = None


def work(pipe: Connection, context: ExtractorContext) -> None:
    """Answer requests until the service is gone, however that ended; the body of the child process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the service, which ends this process
    with suppress(EOFError, OSError):
        while True:
            name, pixels = pipe.recv()
            pipe.send(_extracted(name, pixels, context))


def _extracted(name: str, pixels: Pixels, context: ExtractorContext) -> Answer:
    try:
        return "vector", extract_in_place(registry.get(name, context), pixels)
    except ExtractionFailed as error:
        return "failed", str(error)
    except ExtractorUnavailable as error:
        return "unavailable", str(error)


class ExtractionServer(ThreadingMixIn, UnixStreamServer):
    """HTTP on a Unix socket that only this account may use.

    Parameters
    ----------
    path : Path
        Where the socket is made; a dead one left there is replaced.
    extraction : Extraction

    Raises
    ------
    SocketInUse
        If another service answers there.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, path: Path, extraction: Extraction) -> None:
        _make_room(path)
        self.path = path
        self.extraction = extraction
        super().__init__(str(path), ExtractionHandler)

    def server_bind(self) -> None:
        """Make the socket so that nobody else can connect, not even for a moment."""
        mask = os.umask(_OWNER_ONLY)
        try:
            with socket_address(self.path) as address:
                self.socket.bind(address)
        finally:
            os.umask(mask)

    def service_actions(self) -> None:
        """Look after the child; ``serve_forever`` calls this twice a second."""
        self.extraction.rest_when_idle()

    def server_close(self) -> None:
        """Remove the socket and end the child."""
        super().server_close()
        self.path.unlink(missing_ok=True)
        self.extraction.stop()


def _make_room(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    connection = UnixConnection(path)
    try:
        connection.connect()
    except FileNotFoundError:
        return
    except ConnectionRefusedError:
        path.unlink(missing_ok=True)
    else:
        message = f"An extraction service already answers at {path}."
        raise SocketInUse(message)
    finally:
        connection.close()


class ExtractionHandler(BaseHTTPRequestHandler):
    """One request."""

    server: ExtractionServer
    timeout = _READ_SECONDS
    statuses: ClassVar = {
        "unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
        "failed": HTTPStatus.INTERNAL_SERVER_ERROR,
    }

    def do_GET(self) -> None:
        """Answer ``/healthz``."""
        if self.path != "/healthz":
            return self._send_json(HTTPStatus.NOT_FOUND, {"detail": _WHAT_THERE_IS})
        return self._send_json(HTTPStatus.OK, {"status": "ok", "working": self.server.extraction.working})

    def do_POST(self) -> None:
        """Answer ``/extract/NAME``."""
        area, _, name = self.path.strip("/").partition("/")
        if area != "extract" or name not in registry.installed():
            return self._send_json(HTTPStatus.NOT_FOUND, {"detail": _WHAT_THERE_IS})
        try:
            pixels = unpack_pixels(self._body())
        except (ValueError, TimeoutError) as error:
            return self._send_json(HTTPStatus.BAD_REQUEST, {"detail": f"The request is no picture: {error}."})
        kind, content = self.server.extraction.ask(name, pixels)
        if isinstance(content, str):
            return self._send_json(self.statuses[kind], {"detail": content})
        return self._send(HTTPStatus.OK, "application/x-npy", pack(content))

    def address_string(self) -> str:
        """Name the peer, which has no address on a Unix socket."""
        return "local"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Say nothing: callers report what went wrong."""

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LARGEST_BODY:
            message = f"a Content-Length of at most {LARGEST_BODY} is needed"
            raise ValueError(message)
        return self.rfile.read(int(length))

    def _send_json(self, status: HTTPStatus, document: dict[str, Any]) -> None:
        self._send(status, "application/json", json.dumps(document).encode())

    def _send(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        with suppress(ConnectionError):  # whoever asked has gone away
            self.end_headers()
            self.wfile.write(body)
