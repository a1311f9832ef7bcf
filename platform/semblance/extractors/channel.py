"""The way from a query picture to its vector: in place, or through the extraction service for heavy extractors."""

import json
import socket
from http.client import HTTPConnection, HTTPException
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt

from semblance.extractors import registry
from semblance.extractors.contract import ExtractorContext, ExtractorUnavailable, Pixels

TIMEOUT = 120.0
"""Seconds; the first request of a service waits for its child process to load the framework."""


def extract_one(
    name: str, pixels: Pixels, *, context: ExtractorContext, socket_path: Path | None
) -> npt.NDArray[np.float32]:
    """Compute one vector of one picture.

    Parameters
    ----------
    name : str
        An installed extractor.
    pixels : (H, W, 3) uint8 array
    context : ExtractorContext
    socket_path : Path or None
        Socket of the extraction service that heavy extractors work in; None lets them work in this process.

    Returns
    -------
    (dimension,) float32 array

    Raises
    ------
    ExtractorUnavailable
        If weights or a library are missing, or the service does not answer.
    """
    if socket_path is None or not registry.installed()[name].heavy:
        vector: npt.NDArray[np.float32] = registry.get(name, context).extract([pixels])[0]
        return vector
    return _ask_service(name, pixels, socket_path)


class _UnixConnection(HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=TIMEOUT)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


def _ask_service(name: str, pixels: Pixels, path: Path) -> npt.NDArray[np.float32]:
    body = BytesIO()
    np.save(body, np.ascontiguousarray(pixels), allow_pickle=False)
    connection = _UnixConnection(path)
    try:
        connection.request("POST", f"/extract/{name}", body.getvalue(), {"Content-Type": "application/x-npy"})
        response = connection.getresponse()
        answer = response.read()
    except (OSError, HTTPException) as error:
        raise ExtractorUnavailable(
            f"{name} works in the extraction service, which does not answer at {path}:"
            " start “manage.py serve” or “manage.py extraction_service”."
        ) from error
    finally:
        connection.close()
    if response.status != 200:  # noqa: PLR2004
        raise ExtractorUnavailable(str(json.loads(answer)["detail"]))
    vector: npt.NDArray[np.float32] = np.load(BytesIO(answer), allow_pickle=False)
    return vector
