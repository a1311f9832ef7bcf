import pytest
from django.db import connection


@pytest.mark.django_db
def test_test_database_belongs_to_the_unprivileged_role() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolname, rolsuper, rolcreatedb, rolcreaterole, rolbypassrls"
            " FROM pg_roles WHERE rolname = current_user"
        )
        row = cursor.fetchone()

    assert row == ("semblance", False, False, False, False)


@pytest.mark.django_db
def test_test_database_has_vectors() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT '[1,2]'::halfvec <-> '[1,0]'::halfvec")
        row = cursor.fetchone()

    assert row == (2.0,)
