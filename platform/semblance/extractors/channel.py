"""The way of one image to an extractor: light ones work in place, heavy ones in the extraction service."""

import http.client
import io
import json
import os
import socket
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from threading import Lock
from typing import Final
from urllib.parse import quote

import numpy as np
import numpy.typing as npt

from semblance.extractors import registry
from semblance.extractors.checks import vector_fault
from semblance.extractors.contract import Extractor, ExtractorContext, ExtractorUnavailable, Pixels

Vector = npt.NDArray[np.float32]

_ANSWER_SECONDS: Final = 180.0
_SOCKET_PATH_BYTES: Final = 100
_RGB: Final = 3
_busy: Final[defaultdict[str, Lock]] = defaultdict(Lock)


class ExtractionFailed(ExtractorUnavailable):
    """An extractor that should work did not on this image; the message says why."""


def extract_one(name: str, pixels: Pixels, *, context: ExtractorContext, socket_path: Path | None) -> Vector:
    """Compute the vector of one image.

    Parameters
    ----------
    name : str
        Extractor.
    pixels : (H, W, 3) uint8 array
        Upright RGB.
    context : ExtractorContext
    socket_path : Path or None
        Where the extraction service listens; None lets heavy extractors work in this process too.

    Returns
    -------
    (dimension,) float32 array

    Raises
    ------
    UnknownExtractor
        If no such extractor is installed.
    ExtractorUnavailable
        If weights, a library or the extraction service are missing, or (:class:`ExtractionFailed`) the extractor breaks
        on this image.
    """
    extractor = registry.get(name, context)
    if socket_path is None or not extractor.heavy:
        return extract_in_place(extractor, pixels)
    return _checked(_ask(socket_path, name, pixels), extractor)


def extract_in_place(extractor: Extractor, pixels: Pixels) -> Vector:
    """Compute the vector of one image in this process, one call of an extractor at a time."""
    try:
        with _busy[extractor.name]:
            vectors = extractor.extract([pixels])
    except ExtractorUnavailable:
        raise
    except Exception as error:
        message = f"{extractor.name} failed on this image: {type(error).__name__}: {error}"
        raise ExtractionFailed(message) from error
    if fault := vector_fault(vectors, 1, type(extractor)):
        message = f"{extractor.name} {fault}."
        raise ExtractionFailed(message)
    vector: Vector = vectors[0]
    return vector


def pack(array: npt.NDArray[np.generic]) -> bytes:
    """Write an array in NumPy's .npy format."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def unpack_pixels(body: bytes) -> Pixels:
    """Read an (H, W, 3) uint8 array from .npy bytes without trusting what the header claims.

    Raises
    ------
    ValueError
        If the bytes are anything else.
    """
    buffer = io.BytesIO(body)
    if np.lib.format.read_magic(buffer) != (1, 0):
        message = "the pixels must come as .npy of version 1.0"
        raise ValueError(message)
    shape, fortran_order, dtype = np.lib.format.read_array_header_1_0(buffer)
    fits = len(shape) == _RGB and shape[2] == _RGB and dtype == np.uint8 and not fortran_order
    rest = body[buffer.tell() :]
    if not fits or min(shape) < 1 or len(rest) != np.prod(shape, dtype=object):
        message = "the pixels must be a (height, width, 3) array of uint8 in C order"
        raise ValueError(message)
    return np.frombuffer(rest, dtype=np.uint8).reshape(shape)


@contextmanager
def socket_address(path: Path) -> Iterator[str]:
    """Give a name for a Unix socket that fits into the hundred bytes the system has for it."""
    if len(os.fsencode(path)) <= _SOCKET_PATH_BYTES:
        yield str(path)
        return
    if sys.platform != "linux":
        message = (
            f"{path} is too long for a Unix socket ({_SOCKET_PATH_BYTES} bytes): use a data folder nearer the root."
        )
        raise OSError(message)
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix domain socket."""

    def __init__(self, path: Path, seconds: float = _ANSWER_SECONDS) -> None:
        super().__init__("localhost", timeout=seconds)
        self._path = path

    def connect(self) -> None:
        """Open the socket."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        with socket_address(self._path) as address:
            self.sock.connect(address)


def _ask(path: Path, name: str, pixels: Pixels) -> Vector:
    connection = UnixConnection(path)
    try:
        body = pack(np.ascontiguousarray(pixels))
        connection.request("POST", f"/extract/{quote(name)}", body, {"Content-Type": "application/x-npy"})
        response = connection.getresponse()
        answer = response.read()
    except (OSError, http.client.HTTPException) as error:
        message = (
            "The extraction service cannot be reached: python manage.py serve or "
            f"python manage.py extraction_service must be running ({type(error).__name__}: {error})."
        )
        raise ExtractorUnavailable(message) from error
    finally:
        connection.close()
    if response.status == HTTPStatus.OK:
        return np.asarray(np.load(io.BytesIO(answer), allow_pickle=False), dtype=np.float32)
    raise _refusal(response.status, answer)


def _refusal(status: int, answer: bytes) -> Exception:
    try:
        detail = str(json.loads(answer)["detail"])
    except (ValueError, KeyError, TypeError):
        detail = f"The extraction service answered {status}."
    return ExtractorUnavailable(detail) if status == HTTPStatus.SERVICE_UNAVAILABLE else ExtractionFailed(detail)


def _checked(vector: Vector, extractor: Extractor) -> Vector:
    """Refuse a vector that this process's version of the extractor could not have made."""
    if fault := vector_fault(vector[np.newaxis], 1, type(extractor)):
        message = f"The extraction service {fault}: it runs another version of {extractor.name}, restart it."
        raise ExtractorUnavailable(message)
    return vector
