"""Collections that the gateway may and may not show, committed: the gateway has connections of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from django.db import connection
from flask.testing import FlaskClient
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from psycopg.conninfo import make_conninfo
from werkzeug.test import TestResponse

from flask_gateway.config import GatewayConfig
from semblance.accounts.domain.keys import create_api_key
from semblance.accounts.models import User
from semblance.common.postgres.gateway import ROLE
from semblance.indexing.domain.jobs import request_indexing
from semblance.library.enums import Visibility
from semblance.library.models import Collection, Image
from tests.factories import make_collection, make_image, make_user

HUES = (0, 4, 8, 90, 94, 98, 180, 184, 188)
Opened: TypeAlias = Callable[..., FlaskClient]
Changed = TypeVar("Changed")


def document(response: TestResponse) -> Any:
    """Return what an answer says."""
    return response.get_json()


def work_off() -> None:
    """Do what waits in the queue, outside any test's transaction."""
    while job := ProcrastinateJob.objects.filter(status="todo").order_by("id").first():
        app.tasks[job.task_name](**job.args)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = %s", [job.pk])


def gateway_address() -> str:
    """Return the address of the test database, as the gateway's role."""
    with connection.cursor():
        pass  # the embedded server starts with the first connection
    given = connection.get_connection_params()
    assert given["dbname"].startswith("test_"), "without a test marked django_db there is no test database"
    kept = {key: given[key] for key in ("host", "port") if given.get(key)}
    return make_conninfo(**kept, user=ROLE, dbname=connection.settings_dict["NAME"])


@dataclass
class World:
    """What was committed for a module."""

    media: Path
    address: str = ""
    owner: User = field(init=False)
    secret: str = field(init=False)
    flowers: Collection = field(init=False)
    closed: Collection = field(init=False)
    shared: Collection = field(init=False)
    fresh: Collection = field(init=False)

    def fill(self) -> "World":
        self.address = gateway_address()
        self.owner = make_user()
        self.secret = create_api_key(user=self.owner, name="a program")[1]
        self.flowers = self.collection("flowers", Visibility.PUBLIC)
        self.closed = self.collection("closed", Visibility.PRIVATE)
        self.shared = self.collection("shared", Visibility.SHARED)
        self.fresh = make_collection(self.owner, name="Fresh", slug="fresh", visibility=Visibility.PUBLIC)
        make_image(self.fresh, seed=92, hue=92, label="hue 92")
        return self

    def collection(self, slug: str, visibility: str, seed: int = 0) -> Collection:
        collection = make_collection(self.owner, name=slug.title(), slug=slug, visibility=visibility)
        for number, hue in enumerate(HUES, seed):
            make_image(collection, seed=number, hue=hue, label=f"hue {hue}", tags=["low"] if hue < 90 else [])
        request_indexing(collection=collection, user=None)
        work_off()
        return collection

    def image(self, hue: int, collection: Collection | None = None) -> Image:
        return Image.objects.get(collection=collection or self.flowers, label=f"hue {hue}")

    @staticmethod
    def commit(change: Callable[[], Changed]) -> Changed:
        """Make a change outside the test's transaction, so that the gateway's connections see it."""

        def work() -> Changed:
            try:
                return change()
            finally:
                connection.close()

        with ThreadPoolExecutor(1) as outside:
            return outside.submit(work).result()

    def config(self, **values: Any) -> GatewayConfig:
        usual: dict[str, Any] = {
            "database_url": self.address,
            "media_folder": self.media,
            "weights_folder": self.media / "weights",
            "extraction_socket": self.media / "nobody.sock",
            "anonymous_rate": "100000 per minute",
            "key_rate": "100000 per minute",
            "connections": 2,
        }
        return GatewayConfig(**usual | values)
