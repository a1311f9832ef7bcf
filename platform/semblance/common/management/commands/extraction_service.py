"""Runs the extraction service, which keeps heavy frameworks out of web processes."""

import signal
import threading
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from semblance.common.commands import Command as BaseCommand
from semblance.common.context import extractor_context
from semblance.common.errors import Conflict
from semblance.extractors.service import Extraction, ExtractionServer, SocketInUse

STANDBY_SECONDS = 2.0


class Command(BaseCommand):
    """One service a data folder; ``serve`` starts it."""

    help = "Turn query pictures into vectors for web processes, over a Unix socket, until Ctrl-C."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--standby", action="store_true", help="where another service answers, wait and take over when it ends"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with _server(patient=options["standby"]) as server:
            for number in (signal.SIGTERM, signal.SIGINT):
                # shutdown() waits for serve_forever(), which the handler itself interrupts: it takes another thread
                signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
            server.serve_forever()


def _server(*, patient: bool) -> ExtractionServer:
    while True:
        try:
            return ExtractionServer(Path(settings.SEMBLANCE_EXTRACTION_SOCKET), Extraction(extractor_context()))
        except SocketInUse as error:
            if not patient:
                raise Conflict(str(error)) from error
            time.sleep(STANDBY_SECONDS)
