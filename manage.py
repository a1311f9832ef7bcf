"""Runs Semblance's commands with the development settings, unless DJANGO_SETTINGS_MODULE names others."""

import os

from semblance.cli import main

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "semblance.settings.dev")
    main()
