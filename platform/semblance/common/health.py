"""What `doctor` looks at: each finding names its cure."""

import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from django.conf import settings
from django.core import checks
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from semblance.common.context import extractor_context
from semblance.common.errors import Unavailable
from semblance.common.postgres import gateway, requirements
from semblance.common.serving import listens
from semblance.common.workers import HEARD_WITHIN
from semblance.extractors import registry

State = Literal["ok", "warning", "failed"]

LITTLE_SPACE = 1024**3
NO_SPACE = 100 * 1024**2

_NEEDED_BY_NUMPY = {"ssse3", "sse4_1", "sse4_2", "popcnt"}
_NEEDED_BY_TORCH = {"avx2", "fma"}
_FAST_BFLOAT16 = {"amx_bf16", "avx512_bf16"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; ``cure`` is empty where all is well."""

    subject: str
    state: State
    detail: str
    cure: str = ""


def findings() -> Iterator[Finding]:
    """Look at everything, cheapest first; what hangs on the database is left out where there is none."""
    yield processor()
    yield from django_checks()
    yield from extractors()
    yield storage()
    yield free_space()
    reached = database()
    yield reached
    if reached.state != "failed":
        yield from tables()
    yield extraction_service()


def processor() -> Finding:
    flags = _processor_flags()
    if not flags:
        return Finding("processor", "ok", f"{platform.machine()}, flags not known here")
    if missing := _NEEDED_BY_NUMPY - flags:
        return Finding("processor", "failed", f"lacks {', '.join(sorted(missing))}", "NumPy needs a newer processor.")
    if missing := _NEEDED_BY_TORCH - flags:
        cure = "Deep extractors may end without a word: leave them out, or use a newer processor."
        return Finding("processor", "warning", f"lacks {', '.join(sorted(missing))}", cure)
    quick = "with" if _FAST_BFLOAT16 & flags else "without"
    return Finding("processor", "ok", f"{platform.machine()} with avx2, {quick} bfloat16 arithmetic")


def django_checks() -> Iterator[Finding]:
    """Run Django's own checks, those for deployment as well where others can reach us."""
    messages = checks.run_checks(include_deployment_checks=not settings.SEMBLANCE_DEMO_ACCOUNT)
    for message in messages:
        state: State = "failed" if message.is_serious() else "warning"
        yield Finding("settings", state, f"{message.id}: {message.msg}", message.hint or "docs/settings.md says more.")
    if not messages:
        yield Finding("settings", "ok", "no complaint")


def extractors() -> Iterator[Finding]:
    """Say of every installed extractor whether it conforms and can work here."""
    context = extractor_context()
    for problem in registry.problems(context):
        yield Finding(f"extractor {problem.extractor}", "failed", problem.message, problem.hint)
    for name in registry.installed():
        facts = registry.describe(name, context)
        if facts["available"]:
            yield Finding(f"extractor {name}", "ok", f"version {facts['version']}, can work")
        else:
            yield Finding(f"extractor {name}", "warning", facts["reason"], "Collections do without it until then.")


def storage() -> Finding:
    """Write, read and delete a file where originals go."""
    try:
        name = default_storage.save("doctor/probe.txt", ContentFile(b"probe"))
        with default_storage.open(name) as file:
            whole = file.read() == b"probe"
        default_storage.delete(name)
    except Exception as error:  # noqa: BLE001 - every storage has errors of its own
        return Finding(
            "storage", "failed", str(error), "Make it writable: SEMBLANCE_DATA, or the SEMBLANCE_S3_ variables."
        )
    if not whole:
        return Finding("storage", "failed", "what was written came back changed", "Look at the disk or the bucket.")
    return Finding("storage", "ok", "files can be written, read and deleted")


def free_space() -> Finding:
    folder = next(path for path in (settings.DATA_DIR, *settings.DATA_DIR.parents) if path.exists())
    free = shutil.disk_usage(folder).free
    detail = f"{free / 1024**3:.1f} GB free in {folder}"
    cure = "Free some space, or let SEMBLANCE_DATA name a folder on a larger disk."
    if free < NO_SPACE:
        return Finding("disk", "failed", detail, cure)
    return Finding("disk", "warning", detail, cure) if free < LITTLE_SPACE else Finding("disk", "ok", detail)


def database() -> Finding:
    where = "embedded" if settings.DATABASES["default"].get("EMBEDDED") else "DATABASE_URL"
    try:
        connection.ensure_connection()
    except (Unavailable, DatabaseError) as error:
        return Finding("database", "failed", str(error), "docs/operating.md lists causes and cures.")
    return Finding("database", "ok", f"PostgreSQL {requirements.server_facts(connection.connection).server} ({where})")


def tables() -> Iterator[Finding]:
    """Look at what is in the database; jobs only where the tables are up to date."""
    yield vector_extension()
    current = migrations()
    yield current
    if current.state == "ok":
        yield gateway_role()
        yield worker()


def vector_extension() -> Finding:
    version = requirements.server_facts(connection.connection).vector
    if version is None:
        return Finding("pgvector", "failed", "not in the database yet", "Run `manage.py migrate`.")
    if requirements.version_number(version) < requirements.RECOMMENDED_VECTOR:
        cure = "Upgrade it to 0.8.2 or newer: earlier ones overflow a buffer when an index is built in parallel."
        return Finding("pgvector", "warning", version, cure)
    return Finding("pgvector", "ok", version)


def migrations() -> Finding:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        return Finding("migrations", "failed", f"{len(waiting)} not applied", "Run `manage.py migrate`.")
    return Finding("migrations", "ok", "all applied")


def gateway_role() -> Finding:
    """Look whether the gateway's role can read its views and nothing else."""
    with connection.cursor() as cursor:
        problem = gateway.complaint(cursor.cursor)
    if problem:
        return Finding("gateway role", "warning", problem, "Until then the gateway does not answer as it should.")
    return Finding("gateway role", "ok", f"{gateway.ROLE} reads its views and nothing else")


def worker() -> Finding:
    """Look for a job worker that gave a sign of life lately."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM procrastinate_workers"
            "  WHERE last_heartbeat > now() - %s * interval '1 second'),"
            " (SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo' AND scheduled_at IS NULL)",
            [HEARD_WITHIN.total_seconds()],
        )
        alive, waiting = cursor.fetchone()
    if alive:
        return Finding("job worker", "ok", f"{alive} running, {waiting} jobs waiting")
    cure = "Start `manage.py serve` or `manage.py procrastinate worker`; until then nothing is indexed."
    return Finding("job worker", "warning", f"none running, {waiting} jobs waiting", cure)


def extraction_service() -> Finding:
    path = Path(settings.SEMBLANCE_EXTRACTION_SOCKET)
    if listens(path):
        return Finding("extraction service", "ok", f"answers at {path}")
    cure = "Start `manage.py serve` or `manage.py extraction_service`; until then deep extractors take no uploads."
    return Finding("extraction service", "warning", f"does not answer at {path}", cure)


def _processor_flags() -> set[str]:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return set()
    return next((set(line.partition(":")[2].split()) for line in lines if line.startswith("flags")), set())
