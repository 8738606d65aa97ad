"""The models of an endpoint become rows of their own."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models


def make_rows(apps: Any, schema_editor: Any) -> None:
    """One row for each name of the list, in its order; all of them are offered, as they were."""
    EndpointModel = apps.get_model("webchat", "EndpointModel")
    for endpoint in apps.get_model("webchat", "Endpoint").objects.exclude(model_names=[]):
        names = dict.fromkeys(
            name for name in endpoint.model_names if isinstance(name, str) and 0 < len(name) <= 200
        )
        EndpointModel.objects.bulk_create(
            EndpointModel(endpoint=endpoint, name=name, position=position)
            for position, name in enumerate(names, 1)
        )


def make_lists(apps: Any, schema_editor: Any) -> None:
    rows = apps.get_model("webchat", "EndpointModel").objects.filter(enabled=True, gone_since=None)
    for endpoint in apps.get_model("webchat", "Endpoint").objects.all():
        mine = rows.filter(endpoint=endpoint).order_by("position", "id")
        endpoint.model_names = list(mine.values_list("name", flat=True))
        endpoint.save(update_fields=["model_names"])


class Migration(migrations.Migration):

    dependencies = [
        ("webchat", "0008_turns"),
    ]

    operations = [
        migrations.CreateModel(
            name="EndpointModel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(help_text="What the endpoint calls it, letter for letter.", max_length=200, verbose_name="name")),
                ("label", models.CharField(blank=True, help_text="What people read when they choose; without one, the name.", max_length=120, verbose_name="label")),
                ("enabled", models.BooleanField(default=True, verbose_name="enabled")),
                ("is_default", models.BooleanField(default=False, help_text="The model that is chosen until somebody chooses.", verbose_name="default")),
                ("by_hand", models.BooleanField(default=False, editable=False, verbose_name="added by hand")),
                ("position", models.PositiveIntegerField(default=0, editable=False, verbose_name="position")),
                ("gone_since", models.DateTimeField(editable=False, null=True, verbose_name="no longer listed since")),
                ("endpoint", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="models", to="webchat.endpoint", verbose_name="endpoint")),
            ],
            options={
                "verbose_name": "model",
                "verbose_name_plural": "models",
                "ordering": ["endpoint", "position", "id"],
                "constraints": [
                    models.UniqueConstraint(fields=("endpoint", "name"), name="one_row_a_model", violation_error_message="This endpoint has a model of this name already."),
                    models.UniqueConstraint(condition=models.Q(("is_default", True)), fields=("endpoint",), name="one_default_model"),
                ],
            },
        ),
        migrations.RunPython(make_rows, make_lists),
    ]
