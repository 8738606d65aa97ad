"""The last success and the last failure of an endpoint are found without reading all the others."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("webchat", "0010_sealed_secrets"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="outcome",
            index=models.Index(fields=["endpoint", "status", "ended_at"], name="outcome_health"),
        ),
    ]
