"""The processes that serve Semblance, and what must be right before they start."""

import errno
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.management import get_commands

from semblance.common import embedded
from semblance.common.errors import Unavailable
from semblance.common.supervision import Child, child_environment

LOOPBACK = "127.0.0.1"
THREADS = 4
PORT_PATIENCE = 3.0

WORKERS = {
    "The job worker": ("index", "files", "housekeeping"),
    "The evaluation worker": ("evaluate", "housekeeping"),
}
"""Workers and the queues they take. Each does one job at a time; an evaluation, which may take hours, stops no index
job, and while one of them is at such a job the other keeps house."""

_HUGE_PAGES = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}  # 20 to 80 % faster extraction in torch
_NOT_FOR_THE_GATEWAY = ("DATABASE_URL", "SEMBLANCE_SECRET_KEY", "SEMBLANCE_EMAIL_URL")


@dataclass(frozen=True, slots=True)
class Plan:
    """Where things listen and what runs."""

    port: int
    gateway_port: int
    worker: bool
    database_url: str
    gateway_database_url: str


def hold_database() -> embedded.EmbeddedPostgres | None:
    """Start or join the embedded server, ``None`` where ``DATABASE_URL`` names another."""
    data = settings.DATABASES["default"].get("EMBEDDED")
    return embedded.hold(Path(data)) if data else None


def check_ports(*ports: int) -> None:
    """Raise :class:`Unavailable` where something listens already; what is just about to end is waited for."""
    for port in ports:
        deadline = time.monotonic() + PORT_PATIENCE
        while (reason := _refusal(port)) is not None:
            if reason.errno != errno.EADDRINUSE or time.monotonic() > deadline:
                raise Unavailable(
                    f"Port {port} cannot be used ({reason.strerror}): stop what listens there, or choose another port "
                    "with --port and --gateway-port or the variables PORT and GATEWAY_PORT."
                )
            time.sleep(0.1)


def children(plan: Plan) -> list[Child]:
    """Return every process that serving takes, in the order of their start."""
    own = child_environment(**_places(), **({"DATABASE_URL": plan.database_url} if plan.database_url else {}))
    found = [Child("The web server", _gunicorn("semblance.wsgi:application", plan.port), own)]
    if plan.gateway_database_url:
        gateway = {name: value for name, value in own.items() if name not in _NOT_FOR_THE_GATEWAY}
        gateway["SEMBLANCE_GATEWAY_DATABASE_URL"] = plan.gateway_database_url
        found.append(Child("The gateway", _gunicorn("flask_gateway:create_app()", plan.gateway_port), gateway))
    found.append(Child("The extraction service", _command("extraction_service", "--standby"), own | _HUGE_PAGES))
    if plan.worker:
        for name, queues in WORKERS.items():
            command = _command("procrastinate", "worker", "--queues", ",".join(queues))
            found.append(Child(name, command, own | _HUGE_PAGES))
    if settings.SEMBLANCE_DEMO_ACCOUNT and "load_demo" in get_commands():
        found.append(Child("Loading the demo", _command("load_demo"), own, once=True))
    return found


def listens(address: Path | int) -> bool:
    """Say whether something accepts connections at a socket's path or at a port of this machine."""
    family = socket.AF_UNIX if isinstance(address, Path) else socket.AF_INET
    with socket.socket(family) as client:
        client.settimeout(1)
        try:
            client.connect(str(address) if isinstance(address, Path) else (LOOPBACK, address))
        except OSError:
            return False
    return True


def _refusal(port: int) -> OSError | None:
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind((LOOPBACK, port))
        except OSError as error:
            return error
        except OverflowError:
            return OSError(errno.EINVAL, "ports are numbers from 1 to 65535")
    return None


def _places() -> dict[str, str]:
    """Return where things lie, so that every child agrees with us whatever its working directory."""
    return {
        "SEMBLANCE_DATA": str(settings.DATA_DIR),
        "SEMBLANCE_WEIGHTS": str(settings.SEMBLANCE_WEIGHTS_DIR),
        "SEMBLANCE_EXTRACTION_SOCKET": str(settings.SEMBLANCE_EXTRACTION_SOCKET),
    }


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "semblance", *words]


def _gunicorn(application: str, port: int) -> list[str]:
    return [
        sys.executable, "-m", "gunicorn", application, "--bind", f"{LOOPBACK}:{port}",
        "--worker-class", "gthread", "--workers", str(settings.SEMBLANCE_WEB_WORKERS), "--threads", str(THREADS),
        "--timeout", "120", "--graceful-timeout", "5", "--log-level", "warning", "--no-control-socket",
    ]  # fmt: skip
