"""A gateway with a database role of its own, and what it may show."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.test import override_settings
from flask.testing import FlaskClient
from pytest_django import DjangoDbBlocker

from flask_gateway import create_app
from flask_gateway.database import EXTENSION
from tests.gateway.world import Opened, World


@pytest.fixture(scope="module")
def world(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Collections of nine pictures, public, private and shared, and a public one that is not indexed yet.

    For tests marked ``django_db`` that change nothing outside their transaction, or put back what they change.
    """
    media = tmp_path_factory.mktemp("media")
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=media):
        try:
            yield World(media).fill()
        finally:
            call_command("flush", interactive=False, verbosity=0)


@pytest.fixture
def open_gateway(world: World) -> Iterator[Opened]:
    """Make a gateway with some of its configuration changed and return a client of it."""
    applications = []

    def opened(**values: Any) -> FlaskClient:
        applications.append(create_app(world.config(**values)))
        return applications[-1].test_client()

    yield opened
    for application in applications:
        application.extensions[EXTENSION].close()


@pytest.fixture
def client(open_gateway: Opened) -> FlaskClient:
    return open_gateway()
