"""The extraction service: a real socket, a real child process, and what happens when they go."""

import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from semblance.extractors import registry
from semblance.extractors.channel import ExtractionFailed, UnixConnection, extract_one, pack
from semblance.extractors.contract import ExtractorContext, ExtractorUnavailable
from semblance.extractors.service import LARGEST_BODY, Extraction, ExtractionServer, SocketInUse
from tests.extractors.distributions import add_distribution, mean_module

CONTEXT = ExtractorContext(weights_dir=Path("missing"))
PICTURE = np.full((4, 5, 3), (10, 20, 30), dtype=np.uint8)


@contextmanager
def running(socket: Path, **options: float) -> Iterator[ExtractionServer]:
    with ExtractionServer(socket, Extraction(CONTEXT, **options)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def heavy_plugin(plugins_folder: Path) -> Callable[..., None]:
    """Install the extractor ``mean`` as a heavy one, with changes."""

    def install(changes: dict[str, str] | None = None) -> None:
        source = mean_module("mean", changes, heavy=True)
        points = {"mean": "mean_plugin:Mean"}
        add_distribution(plugins_folder, name="mean-plugin", entry_points=points, modules={"mean_plugin": source})
        registry.reload()

    return install


def ask(socket: Path, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    connection = UnixConnection(socket)
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    answer = response.status, response.read()
    connection.close()
    return answer


def vector(socket: Path) -> list[float]:
    return [float(value) for value in extract_one("mean", PICTURE, context=CONTEXT, socket_path=socket)]


def process_of_child(socket: Path) -> int:
    """Ask an extractor that answers with the number of the process it works in."""
    return int(vector(socket)[0] * 65536 + vector(socket)[1])


OWN_NUMBER = {
    "return np": "return np.array([[os.getpid() // 65536, os.getpid() % 65536, 0]] * len(images), np.float32)"
}


def wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def test_heavy_extractor_works_in_a_process_of_its_own(heavy_plugin: Callable[..., None], tmp_path: Path) -> None:
    heavy_plugin(OWN_NUMBER)

    with running(tmp_path / "s.sock"):
        first, second = process_of_child(tmp_path / "s.sock"), process_of_child(tmp_path / "s.sock")

    assert first == second != os.getpid()


def test_vector_comes_back_as_extracted(heavy_plugin: Callable[..., None], tmp_path: Path) -> None:
    heavy_plugin()

    with running(tmp_path / "s.sock"):
        assert vector(tmp_path / "s.sock") == [10, 20, 30]


def test_socket_is_for_its_owner_alone_and_goes_with_the_service(tmp_path: Path) -> None:
    socket = tmp_path / "new" / "s.sock"

    with running(socket):
        assert stat.S_IMODE(socket.stat().st_mode) == 0o600

    assert not socket.exists()


def test_socket_path_may_be_longer_than_the_system_allows(heavy_plugin: Callable[..., None], tmp_path: Path) -> None:
    heavy_plugin()
    socket = tmp_path / ("deep" * 30) / "s.sock"

    with running(socket):
        assert vector(socket) == [10, 20, 30]


def test_second_service_is_refused(tmp_path: Path) -> None:
    with running(tmp_path / "s.sock"):
        with pytest.raises(SocketInUse, match="already answers"):
            ExtractionServer(tmp_path / "s.sock", Extraction(CONTEXT))

        assert ask(tmp_path / "s.sock", "GET", "/healthz")[0] == 200


def test_health_tells_whether_the_child_is_there(heavy_plugin: Callable[..., None], tmp_path: Path) -> None:
    heavy_plugin()
    socket = tmp_path / "s.sock"

    with running(socket):
        before = json.loads(ask(socket, "GET", "/healthz")[1])
        vector(socket)
        after = json.loads(ask(socket, "GET", "/healthz")[1])

    assert before == {"status": "ok", "working": False}
    assert after == {"status": "ok", "working": True}


def test_idle_child_leaves_and_comes_back(heavy_plugin: Callable[..., None], tmp_path: Path) -> None:
    heavy_plugin(OWN_NUMBER)
    socket = tmp_path / "s.sock"

    with running(socket, idle=1.0) as server:
        first = process_of_child(socket)
        wait_until(lambda: not server.extraction.working)
        assert not Path(f"/proc/{first}").exists()
        assert process_of_child(socket) != first


def test_child_is_not_sent_away_in_the_middle_of_its_work(heavy_plugin: Callable[..., None], tmp_path: Path) -> None:
    heavy_plugin({"return np": "time.sleep(1.5); return np.ones((len(images), 3), np.float32)"})

    with running(tmp_path / "s.sock", idle=0.2):
        assert vector(tmp_path / "s.sock") == [1, 1, 1]


def test_child_that_dies_costs_one_answer(heavy_plugin: Callable[..., None], tmp_path: Path) -> None:
    mark = tmp_path / "died"
    once = f"os.path.exists({str(mark)!r}) or (open({str(mark)!r}, 'x').close(), os._exit(9)); "
    heavy_plugin({"return np": once + "return np.ones((len(images), 3), np.float32)"})

    with running(tmp_path / "s.sock"):
        with pytest.raises(ExtractorUnavailable, match="ended in the middle of the work"):
            vector(tmp_path / "s.sock")

        assert vector(tmp_path / "s.sock") == [1, 1, 1]


def test_child_killed_while_it_rests_costs_nothing(heavy_plugin: Callable[..., None], tmp_path: Path) -> None:
    heavy_plugin(OWN_NUMBER)
    socket = tmp_path / "s.sock"

    with running(socket) as server:
        first = process_of_child(socket)
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: not server.extraction.working)

        assert process_of_child(socket) != first


def test_extraction_that_hangs_is_given_up(heavy_plugin: Callable[..., None], tmp_path: Path) -> None:
    heavy_plugin({"return np": "time.sleep(600)"})

    with (
        running(tmp_path / "s.sock", longest=3.0),
        pytest.raises(ExtractorUnavailable, match="took longer than 3 s"),
    ):
        vector(tmp_path / "s.sock")


def test_extractor_that_breaks_leaves_the_child_alive(heavy_plugin: Callable[..., None], tmp_path: Path) -> None:
    heavy_plugin({"return np": "raise ZeroDivisionError('by nought')"})
    socket = tmp_path / "s.sock"

    with running(socket) as server:
        with pytest.raises(ExtractionFailed, match="mean failed on this image: ZeroDivisionError: by nought"):
            vector(socket)

        assert server.extraction.working


def test_missing_weights_reach_the_caller_as_unavailable(tmp_path: Path) -> None:
    with (
        running(tmp_path / "s.sock"),
        pytest.raises(ExtractorUnavailable, match=r"weights of vgg16 are missing: run python manage\.py weights fetch"),
    ):
        extract_one("vgg16", PICTURE, context=CONTEXT, socket_path=tmp_path / "s.sock")


def test_many_callers_each_get_their_own_vector(heavy_plugin: Callable[..., None], tmp_path: Path) -> None:
    heavy_plugin()
    pictures = [np.full((3, 3, 3), number, dtype=np.uint8) for number in range(24)]

    with running(tmp_path / "s.sock"), ThreadPoolExecutor(8) as pool:
        vectors = list(
            pool.map(
                lambda picture: extract_one("mean", picture, context=CONTEXT, socket_path=tmp_path / "s.sock"), pictures
            )
        )

    np.testing.assert_array_equal(vectors, [[number] * 3 for number in range(24)])


def test_senseless_requests_get_clear_answers(tmp_path: Path) -> None:
    socket = tmp_path / "s.sock"

    with running(socket) as server:
        statuses = [
            ask(socket, "GET", "/elsewhere")[0],
            ask(socket, "POST", "/extract/sift", pack(PICTURE))[0],
            ask(socket, "POST", "/extract/", pack(PICTURE))[0],
            ask(socket, "POST", "/extract/vgg16", b"hello")[0],
            ask(socket, "POST", "/extract/vgg16", pack(PICTURE)[:-1])[0],
            ask(socket, "POST", "/extract/vgg16", None, **{"Content-Length": str(LARGEST_BODY + 1)})[0],
            ask(socket, "POST", "/extract/vgg16", None, **{"Content-Length": "-1"})[0],
        ]

        assert statuses == [404, 404, 404, 400, 400, 400, 400]
        assert not server.extraction.working


def test_no_process_outlives_a_killed_service(heavy_plugin: Callable[..., None], tmp_path: Path) -> None:
    """Killed without mercy, the service leaves a dead socket and no orphan; the next one takes over."""
    heavy_plugin(OWN_NUMBER)
    socket = tmp_path / "s.sock"
    script = f"""
import pathlib, sys
sys.path[:0] = {[path for path in sys.path if path]!r}
from semblance.extractors.contract import ExtractorContext
from semblance.extractors.service import Extraction, ExtractionServer
if __name__ == "__main__":
    context = ExtractorContext(weights_dir=pathlib.Path("missing"))
    with ExtractionServer(pathlib.Path({str(socket)!r}), Extraction(context)) as server:
        server.serve_forever()
"""
    service = subprocess.Popen([sys.executable, "-c", script])
    wait_until(lambda: socket.exists() and ask(socket, "GET", "/healthz")[0] == 200)
    child = process_of_child(socket)

    service.kill()
    service.wait()

    wait_until(lambda: not Path(f"/proc/{child}").exists() or "zombie" in Path(f"/proc/{child}/status").read_text())
    assert socket.exists()
    with running(socket):
        assert process_of_child(socket) != child
