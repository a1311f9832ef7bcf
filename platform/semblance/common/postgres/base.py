"""Django's own backend, which starts the embedded server at the first connection where one is configured."""

from pathlib import Path
from typing import Any

import psycopg
from django.db import OperationalError
from django.db.backends.postgresql import base

from semblance.common import embedded
from semblance.common.errors import Unavailable
from semblance.common.postgres.cluster import PORT, SUPERUSER
from semblance.common.postgres.creation import DatabaseCreation


class DatabaseUnreachable(Unavailable, OperationalError):
    """No connection to the database; Django and our faces both know what to do with it."""


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL connection; ``EMBEDDED`` in its settings is the data folder of an embedded server, or absent."""

    creation_class = DatabaseCreation

    def get_connection_params(self) -> dict[str, Any]:
        params = super().get_connection_params()
        if data := self.settings_dict.get("EMBEDDED"):
            server = embedded.hold(Path(data), durable=self.settings_dict.get("DURABLE", True))
            params |= {"host": str(server.socket_folder), "port": PORT}
            if self.settings_dict["NAME"] is None:  # making and dropping test databases
                params["user"] = SUPERUSER
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> psycopg.Connection:
        try:
            return super().get_new_connection(conn_params)
        except psycopg.OperationalError as error:
            where = "the embedded server" if self.settings_dict.get("EMBEDDED") else "DATABASE_URL"
            raise DatabaseUnreachable(f"The database ({where}) cannot be reached: {_one_line(error)}") from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
