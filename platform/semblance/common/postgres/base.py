"""Django's own backend, which starts the embedded server at the first connection where one is configured."""

from pathlib import Path
from typing import Any

import psycopg
from django.db import OperationalError
from django.db.backends.postgresql import base

from semblance.common import embedded
from semblance.common.errors import Unavailable
from semblance.common.postgres import requirements
from semblance.common.postgres.cluster import PORT, SUPERUSER
from semblance.common.postgres.creation import DatabaseCreation

CONNECT_SECONDS = 10


class DatabaseUnreachable(Unavailable, OperationalError):
    """No connection to the database; Django and our faces both know what to do with it."""


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL connection; ``EMBEDDED`` in its settings is the data folder of an embedded server, or absent."""

    creation_class = DatabaseCreation
    _verified = False

    def get_connection_params(self) -> dict[str, Any]:
        params = {"connect_timeout": CONNECT_SECONDS} | super().get_connection_params()
        if data := self.settings_dict.get("EMBEDDED"):
            server = embedded.hold(Path(data), durable=self.settings_dict.get("DURABLE", True))
            params |= {"host": str(server.socket_folder), "port": PORT}
            if self.settings_dict["NAME"] is None:  # making and dropping test databases
                params["user"] = SUPERUSER
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> psycopg.Connection:
        try:
            connection: psycopg.Connection = super().get_new_connection(conn_params)
        except psycopg.OperationalError as error:
            raise DatabaseUnreachable(self._explain(error)) from error
        if self.settings_dict["NAME"] is not None and not self._verified:
            self._verify(connection)
        return connection

    def _verify(self, connection: psycopg.Connection) -> None:
        try:
            requirements.verify(connection)
            connection.rollback()
        except BaseException:
            connection.close()
            raise
        self._verified = True

    def _explain(self, error: psycopg.OperationalError) -> str:
        reason = " ".join(str(error).split())
        if self.settings_dict.get("EMBEDDED"):
            return f"The embedded database does not answer: {reason}"
        return (
            f"The database of DATABASE_URL cannot be reached: {reason.rstrip('.')}. Check that PostgreSQL runs there "
            "and that DATABASE_URL names the right host, port, user, password and database."
        )
