"""What a measurement was made with and on."""

import os
import platform
from pathlib import Path
from typing import Any

from django.db import connection

import semblance


def versions() -> dict[str, str]:
    """Return the versions that figures depend on."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version'), (SELECT extversion FROM pg_extension WHERE extname = 'vector')"
        )
        postgresql, pgvector = cursor.fetchone() or ("", "")
    return {
        "semblance": semblance.__version__,
        "python": platform.python_version(),
        "postgresql": postgresql.split()[0],
        "pgvector": pgvector,
    }


def hardware() -> dict[str, Any]:
    """Return what this machine is, as far as it tells."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": round(_memory_bytes() / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
    }


def _processor() -> str:
    facts = Path("/proc/cpuinfo")
    if facts.is_file():
        for line in facts.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _memory_bytes() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0
