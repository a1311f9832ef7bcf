"""The partitioned table of vectors, whose home is semblance.retrieval.store."""

from django.db import migrations

from semblance.retrieval import store


def create(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        store.create_feature_table(cursor)


def drop(apps, schema_editor):
    schema_editor.execute("DROP TABLE indexing_feature")


class Migration(migrations.Migration):
    dependencies = [("indexing", "0001_initial"), ("library", "0001_initial")]

    operations = [migrations.RunPython(create, drop)]
