"""Results and votes go with their image inside the database, and the ledger refuses changes."""

from django.db import migrations


def on_delete(action, table, column, target):
    """Replace a foreign key by one that the database itself follows, so that deletes stay set-based."""
    return migrations.RunSQL(
        f"""
        DO $$
        DECLARE name text;
        BEGIN
            SELECT conname INTO STRICT name FROM pg_constraint
            WHERE conrelid = '{table}'::regclass AND contype = 'f' AND confrelid = '{target}'::regclass
              AND conkey = ARRAY[(SELECT attnum FROM pg_attribute
                                  WHERE attrelid = '{table}'::regclass AND attname = '{column}')];
            EXECUTE format('ALTER TABLE {table} DROP CONSTRAINT %I', name);
            ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_fk FOREIGN KEY ({column})
                REFERENCES {target} (id) ON DELETE {action} DEFERRABLE INITIALLY DEFERRED;
        END $$
        """,  # noqa: S608  # the names come from below
        migrations.RunSQL.noop,
    )


LEDGER = """
CREATE FUNCTION search_vote_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the vote ledger is append-only: add a newer vote instead';
END $$;
CREATE TRIGGER search_vote_is_final BEFORE UPDATE ON search_vote
    FOR EACH ROW EXECUTE FUNCTION search_vote_is_final();
"""
NO_LEDGER = "DROP TRIGGER search_vote_is_final ON search_vote; DROP FUNCTION search_vote_is_final()"


class Migration(migrations.Migration):
    dependencies = [("search", "0001_initial")]

    operations = [
        on_delete("CASCADE", "search_result", "image_id", "library_image"),
        on_delete("CASCADE", "search_vote", "image_id", "library_image"),
        on_delete("SET NULL", "search_search", "image_id", "library_image"),
        migrations.RunSQL(LEDGER, NO_LEDGER),
    ]
