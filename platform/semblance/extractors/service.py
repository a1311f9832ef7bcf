"""The extraction service: takes pictures over a Unix socket and has a child process turn them into vectors.

The child alone loads heavy frameworks. It starts with the first request and leaves when it has been idle, so that a
quiet installation holds no memory for it; should it crash, the next request starts another.
:mod:`semblance.extractors.channel` is the client.
"""

import json
import multiprocessing
import os
import socket
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from io import BytesIO
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer
from typing import Any, ClassVar, Literal

import numpy as np

from semblance.extractors import registry
from semblance.extractors.contract import ExtractorContext, ExtractorUnavailable, Pixels, Vectors

IDLE_SECONDS = 600.0
"""The child leaves after this long without a request."""

LONGEST_REQUEST = 110.0
"""Seconds until a request is given up and its child ended; shorter than the client's patience."""

LARGEST_BODY = 512 * 1024 * 1024
"""Bytes of the largest picture that is taken."""

CHANNELS = 3

Answer = tuple[Literal["vectors"], Vectors] | tuple[Literal["unavailable", "failed"], str]


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
    """

    def __init__(self, context: ExtractorContext, *, idle: float = IDLE_SECONDS) -> None:
        self.context = context
        self.idle = idle
        self.child: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._lock = threading.Lock()

    def ask(self, name: str, pixels: Pixels) -> Answer:
        """Have one picture extracted, one request at a time.

        Parameters
        ----------
        name : str
            Name of an extractor.
        pixels : (H, W, 3) uint8 array

        Returns
        -------
        ("vectors", (1, dimension) float32 array), ("unavailable", reason) or ("failed", reason)
        """
        with self._lock:
            try:
                pipe = self._started()
                pipe.send((name, pixels))
            except (BrokenPipeError, EOFError):  # it left while the request came
                pipe = self._started(anew=True)
                pipe.send((name, pixels))
            return self._received(pipe)

    def stop(self) -> None:
        """End the child."""
        if self.child is not None:
            self.child.terminate()
            self.child.join()
        if self._pipe is not None:
            self._pipe.close()
        self.child = self._pipe = None

    def _received(self, pipe: Connection) -> Answer:
        try:
            if pipe.poll(LONGEST_REQUEST):
                answer: Answer = pipe.recv()
                return answer
            reason = f"took longer than {LONGEST_REQUEST:.0f} s"
        except (EOFError, ConnectionResetError):
            reason = "ended in the middle of the work, perhaps for want of memory"
        self.stop()
        return "failed", f"The extraction process {reason}. The next request starts another one."

    def _started(self, *, anew: bool = False) -> Connection:
        if anew or self.child is None or self._pipe is None or not self.child.is_alive():
            self.stop()
            processes = multiprocessing.get_context("spawn")
            self._pipe, theirs = processes.Pipe()
            self.child = processes.Process(target=work, args=(theirs, self.context, self.idle), daemon=True)
            self.child.start()
            theirs.close()
        return self._pipe


def work(pipe: Connection, context: ExtractorContext, idle: float) -> None:
    """Answer requests until there are none for a while or the service is gone; the body of the child process."""
    try:
        while pipe.poll(idle):
            name, pixels = pipe.recv()
            pipe.send(_extract(name, pixels, context))
    except (EOFError, OSError, KeyboardInterrupt):
        return


def _extract(name: str, pixels: Pixels, context: ExtractorContext) -> Answer:
    try:
        return "vectors", registry.get(name, context).extract([pixels])
    except (ExtractorUnavailable, registry.UnknownExtractor) as error:
        return "unavailable", str(error)
    except Exception as error:  # noqa: BLE001 - the plugin is not our code, and the service must outlive it
        return "failed", f"{name} failed with {type(error).__name__}: {error}"


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
        self.extraction = extraction
        before = os.umask(0o077)
        try:
            super().__init__(str(path), _Handler)
        finally:
            os.umask(before)

    def server_close(self) -> None:
        """Remove the socket and end the child."""
        super().server_close()
        Path(os.fsdecode(self.server_address)).unlink(missing_ok=True)
        self.extraction.stop()


def _make_room(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(path))
        except FileNotFoundError:
            return
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
        else:
            raise SocketInUse(f"An extraction service already answers at {path}.")


class _Handler(BaseHTTPRequestHandler):
    server: ExtractionServer
    statuses: ClassVar = {
        "unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
        "failed": HTTPStatus.INTERNAL_SERVER_ERROR,
    }

    def do_GET(self) -> None:
        if self.path != "/healthz":
            return self._answer_json(HTTPStatus.NOT_FOUND, {"detail": "There is /healthz and /extract/NAME."})
        child = self.server.extraction.child
        return self._answer_json(HTTPStatus.OK, {"status": "ok", "working": bool(child and child.is_alive())})

    def do_POST(self) -> None:
        area, _, name = self.path.strip("/").partition("/")
        if area != "extract" or not name:
            return self._answer_json(HTTPStatus.NOT_FOUND, {"detail": "There is /healthz and /extract/NAME."})
        try:
            pixels = self._read_pixels()
        except ValueError as error:
            return self._answer_json(HTTPStatus.BAD_REQUEST, {"detail": str(error)})
        kind, content = self.server.extraction.ask(name, pixels)
        if isinstance(content, str):
            return self._answer_json(self.statuses[kind], {"detail": content})
        body = BytesIO()
        np.save(body, np.ascontiguousarray(content[0]), allow_pickle=False)
        return self._answer(HTTPStatus.OK, "application/x-npy", body.getvalue())

    def _read_pixels(self) -> Pixels:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > LARGEST_BODY:
            raise ValueError(f"A request needs a Content-Length of at most {LARGEST_BODY} bytes.")
        pixels: Pixels = np.load(BytesIO(self.rfile.read(int(length))), allow_pickle=False)
        if pixels.dtype != np.uint8 or pixels.ndim != CHANNELS or pixels.shape[2] != CHANNELS:
            raise ValueError("A picture is a (height, width, 3) array of uint8 in NumPy's format.")
        return pixels

    def _answer_json(self, status: HTTPStatus, document: dict[str, Any]) -> None:
        self._answer(status, "application/json", json.dumps(document).encode())

    def _answer(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Say nothing: callers report what went wrong."""
