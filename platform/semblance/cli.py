"""What ``manage.py`` and the ``semblance`` script run: a mistake is one line on standard error and exit code 2."""

import os
import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import BaseCommand, CommandError, ManagementUtility, get_commands
from django.db import OperationalError, ProgrammingError
from psycopg.errors import DiskFull, UndefinedColumn, UndefinedTable

from semblance.common.errors import SemblanceError

INTERRUPTED = 130


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "semblance.settings.dev")
    try:
        _Utility(sys.argv).execute()
    except (SemblanceError, CommandError, ImproperlyConfigured, OperationalError) as error:
        if "--traceback" in sys.argv:
            raise
        sys.stderr.write(f"Error: {_one_line(error)}\n")
        sys.exit(2)
    except ProgrammingError as error:
        if not isinstance(error.__cause__, UndefinedTable | UndefinedColumn) or "--traceback" in sys.argv:
            raise
        sys.stderr.write("Error: The database lacks tables of this version: run “manage.py migrate” first.\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


class _Utility(ManagementUtility):
    def fetch_command(self, subcommand: str) -> BaseCommand:
        if subcommand not in get_commands():
            settings.INSTALLED_APPS  # noqa: B018 - where settings are wrong our commands are not found: say that instead
            raise CommandError(f"There is no command {subcommand!r}; `manage.py help` lists all.")
        return super().fetch_command(subcommand)


def _one_line(error: Exception) -> str:
    if isinstance(error.__cause__, DiskFull):
        return (
            "The disk that holds the database is full: free some space and try again; nothing that was stored is lost."
        )
    return " ".join(str(error).split()).removeprefix("Error: ")
