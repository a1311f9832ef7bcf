from django.db import connection

from tests.commands.conftest import Manage


def test_missing_tables_are_one_line_that_says_what_to_run(manage: Manage) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE library_collection RENAME TO library_elsewhere")
    try:
        ran = manage("reindex", "birds")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE library_elsewhere RENAME TO library_collection")

    message = "Error: The database lacks tables of this version: run “manage.py migrate” first.\n"
    assert (ran.code, ran.out, ran.err) == (2, "", message)
