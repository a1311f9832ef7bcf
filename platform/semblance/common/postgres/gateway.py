"""The gateway's database role: what it must be able to do and what it must not."""

from typing import Any, Final

from psycopg import Connection, sql

ROLE: Final = "semblance_gateway"

MAKE_BY_HAND: Final = (
    f"CREATE ROLE {ROLE} LOGIN PASSWORD '…'; GRANT USAGE ON SCHEMA gateway TO {ROLE};"
    f" GRANT SELECT ON ALL TABLES IN SCHEMA gateway TO {ROLE};"
)
"""What an administrator runs in the database where the account of the migrations may not make roles."""

_RESTRAINTS: Final = (
    "ALTER ROLE {} SET default_transaction_read_only = on",
    "ALTER ROLE {} SET statement_timeout = '10s'",
)
_POWERS: Final = """
SELECT rolcanlogin, rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls
       OR EXISTS (SELECT FROM pg_auth_members WHERE member = role.oid)
FROM pg_roles AS role WHERE rolname = %s
"""
_CLOSED_VIEWS: Final = """
SELECT relation.oid::regclass::text FROM pg_class AS relation
WHERE relnamespace = to_regnamespace('gateway') AND relkind = 'v'
  AND NOT (has_schema_privilege(%(role)s, relnamespace, 'USAGE') AND has_table_privilege(%(role)s, oid, 'SELECT'))
ORDER BY 1
"""
_TOO_OPEN: Final = """
SELECT relation.oid::regclass::text FROM pg_class AS relation
JOIN pg_namespace AS namespace ON namespace.oid = relnamespace
WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND nspname NOT IN ('pg_catalog', 'information_schema')
  AND nspname NOT LIKE 'pg\\_t%%'
  AND CASE WHEN nspname = 'gateway'
      THEN has_table_privilege(%(role)s, relation.oid, 'INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER')
      ELSE has_any_column_privilege(%(role)s, relation.oid, 'SELECT,INSERT,UPDATE,REFERENCES')
        OR has_table_privilege(%(role)s, relation.oid, 'DELETE,TRUNCATE,TRIGGER') END
ORDER BY 1
"""


def restrain(connection: Connection[Any]) -> None:
    """Make the role's transactions read-only and short unless they ask for more; for a superuser."""
    for statement in _RESTRAINTS:
        connection.execute(sql.SQL(statement).format(sql.Identifier(ROLE)))


def complaint(connection: Connection[Any]) -> str:
    """Return one line that says what is wrong with the role and what to do, ``""`` where all is well."""
    powers = connection.execute(_POWERS, [ROLE]).fetchone()
    if powers is None:
        return f"The gateway's role is missing: let an administrator run {MAKE_BY_HAND}"
    if not powers[0] or powers[1]:
        return f"The role {ROLE} must be able to log in and nothing else: ALTER ROLE it, REVOKE other roles from it."
    if connection.execute(_CLOSED_VIEWS, {"role": ROLE}).fetchone():
        return (
            f"The role {ROLE} may not read the gateway's views: run GRANT USAGE ON SCHEMA gateway TO {ROLE};"
            f" GRANT SELECT ON ALL TABLES IN SCHEMA gateway TO {ROLE};"
        )
    if names := [row[0] for row in connection.execute(_TOO_OPEN, {"role": ROLE})]:
        return f"The role {ROLE} may do more than read its views: REVOKE ALL ON {', '.join(names)} FROM {ROLE}, PUBLIC;"
    return ""
