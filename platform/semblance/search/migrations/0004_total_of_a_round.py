"""What a round's total counts."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("search", "0003_gateway_views")]

    operations = [
        migrations.AlterField(
            model_name="round",
            name="total",
            field=models.PositiveIntegerField(help_text="Images that the filters left and that are indexed."),
        ),
    ]
