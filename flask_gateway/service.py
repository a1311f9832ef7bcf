"""The parts that an application is put together from, as views reach them."""

from typing import Final, cast

from flask import Flask, current_app

from flask_gateway.config import GatewayConfig
from flask_gateway.database import Database
from flask_gateway.ranking import Searcher
from flask_gateway.storage import Storage, storage_of

EXTENSION: Final = "semblance.searcher"


def provide(app: Flask, config: GatewayConfig, database: Database) -> None:
    app.extensions[EXTENSION] = Searcher(database, storage_of(config), config)


def searcher() -> Searcher:
    return cast(Searcher, current_app.extensions[EXTENSION])


def storage() -> Storage:
    return searcher().storage
