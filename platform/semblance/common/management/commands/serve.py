"""Serves everything until Ctrl-C."""

import time
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import CommandParser
from django.db import connection

from semblance.common import embedded, serving
from semblance.common.commands import Command as BaseCommand
from semblance.common.supervision import Supervisor

DEMO = "demo"
MIGRATION_LOCK = 0x5E3B1A
START_SECONDS = 15
LOOK_AT_DATABASE_EVERY = 2.0


class Command(BaseCommand):
    """Database, migrations, then web server, gateway, job workers and extraction service."""

    help = "Serve dashboard, REST API, admin and gateway on this machine, with job workers, until Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        web, gateway = settings.SEMBLANCE_PORT, settings.SEMBLANCE_GATEWAY_PORT
        parser.add_argument("--port", type=int, metavar="N", default=web, help="of dashboard, REST API and admin")
        parser.add_argument("--gateway-port", type=int, metavar="N", default=gateway, help="of the gateway")
        parser.add_argument("--no-worker", action="store_true", help="leave jobs to workers that run elsewhere")

    def handle(self, *args: Any, **options: Any) -> None:
        serving.check_ports(options["port"], options["gateway_port"])
        server = serving.hold_database()
        _migrate()
        if settings.STATIC_ROOT:
            call_command("collectstatic", interactive=False, verbosity=0)
        demo = settings.SEMBLANCE_DEMO_ACCOUNT and _ensure_demo_account()
        connection.close()
        plan = serving.Plan(
            port=options["port"],
            gateway_port=options["gateway_port"],
            worker=not options["no_worker"],
            database_url=server.url() if server else "",
            gateway_database_url=(
                server.url(role=embedded.GATEWAY_ROLE) if server else settings.SEMBLANCE_GATEWAY_DATABASE_URL
            ),
        )
        supervisor = Supervisor(serving.children(plan), self._tell, _DatabaseWatch(server).look)
        supervisor.run(lambda: self._announce(plan, supervisor, demo=demo))
        if server is not None:
            server.release()
        self.stdout.write("Stopped.")

    def _announce(self, plan: serving.Plan, supervisor: Supervisor, *, demo: bool) -> None:
        deadline = time.monotonic() + START_SECONDS
        ports = [plan.port, plan.gateway_port] if plan.gateway_database_url else [plan.port]
        while not (all(map(serving.listens, ports)) or supervisor.stopping or time.monotonic() > deadline):
            time.sleep(0.1)
        site = f"http://{serving.LOOPBACK}:{plan.port}"
        lines = [
            "",
            "Semblance is ready.",
            f"  Dashboard  {site}/",
            f"  REST API   {site}/api/v1/docs/",
            f"  Admin      {site}/admin/",
        ]
        if plan.gateway_database_url:
            lines.append(f"  Gateway    http://{serving.LOOPBACK}:{plan.gateway_port}/v1/docs")
        else:
            lines.append("  Gateway    not running: set SEMBLANCE_GATEWAY_DATABASE_URL (docs/operating.md)")
        if demo:
            lines.append(f"  Log in as {DEMO} with the password {DEMO} (from this machine only).")
        lines.append(f"  Data is kept in {settings.DATA_DIR}. Ctrl-C stops everything.")
        self.stdout.write("\n".join(lines))
        self.stdout.flush()

    def _tell(self, line: str) -> None:
        self.stderr.write(line)
        self.stderr.flush()


class _DatabaseWatch:
    """Starts the embedded server again where something ended it."""

    def __init__(self, server: embedded.EmbeddedPostgres | None) -> None:
        self.server = server
        self._next = 0.0

    def look(self) -> None:
        if self.server is not None and time.monotonic() >= self._next:
            self.server.acquire()
            self._next = time.monotonic() + LOOK_AT_DATABASE_EVERY


def _migrate() -> None:
    """Bring the tables up to date; a second start at the same time waits for the first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
        try:
            call_command("migrate", interactive=False, verbosity=0)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])


def _ensure_demo_account() -> bool:
    """Make the account that the development settings offer; say whether its password is still the published one."""
    users = get_user_model()
    user = users.objects.filter(username=DEMO).first()
    if user is None:
        user = users.objects.create_superuser(username=DEMO, password=DEMO)
    return user.check_password(DEMO)
