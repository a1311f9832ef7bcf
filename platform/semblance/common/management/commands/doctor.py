"""Looks whether everything is there that Semblance needs."""

import sys
from dataclasses import asdict
from typing import Any

from semblance.common import health
from semblance.common.commands import Command as BaseCommand

MARKS: dict[health.State, str] = {"ok": "✓", "warning": "!", "failed": "✗"}
FAILURE = 2


class Command(BaseCommand):
    """Exit code 0 says that Semblance can work, 2 that something must be mended first."""

    help = "Check database, plugins, weights, storage, worker and settings; each complaint names its cure."
    json_output = True
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(health.findings())
        healthy = all(finding.state != "failed" for finding in found)
        document = {"healthy": healthy, "findings": [asdict(finding) for finding in found]}
        self.answer(document, [_line(finding) for finding in found])
        if not healthy:
            sys.exit(FAILURE)


def _line(finding: health.Finding) -> str:
    cure = f" – {finding.cure}" if finding.cure else ""
    return f"{MARKS[finding.state]} {finding.subject}: {finding.detail.rstrip('.')}{cure}"
