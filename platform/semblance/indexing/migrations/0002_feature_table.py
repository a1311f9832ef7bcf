"""The partitioned table of vectors, whose home is semblance.retrieval.store."""

import django.db.models.deletion
import pgvector.django.halfvec
from django.db import migrations, models

from semblance.retrieval import store


def create(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        store.create_feature_table(cursor)


def drop(apps, schema_editor):
    schema_editor.execute("DROP TABLE indexing_feature")


def reference(target, **options):
    return models.ForeignKey(on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to=target, **options)


class Migration(migrations.Migration):
    dependencies = [("indexing", "0001_initial"), ("library", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(create, drop)],
            state_operations=[
                migrations.CreateModel(
                    name="Feature",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "space_id",
                                "collection_id",
                                "image_id",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("vector", pgvector.django.halfvec.HalfVectorField()),
                        ("collection", reference("library.collection")),
                        ("image", reference("library.image")),
                        ("space", reference("indexing.featurespace", db_index=False)),
                    ],
                    options={"db_table": "indexing_feature"},
                ),
            ],
        ),
    ]
