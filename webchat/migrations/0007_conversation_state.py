"""What lists over all conversations ask for, kept beside them, and the order they are read in."""

from typing import Any

from django.db import migrations, models
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce


def repeat(apps: Any, schema_editor: Any) -> None:
    """Three statements, whatever the number of conversations."""
    Conversation = apps.get_model("webchat", "Conversation")
    Message = apps.get_model("webchat", "Message")
    failed = Message.objects.filter(status="failed").order_by()
    Conversation.objects.filter(pk__in=failed.values("conversation_id")).update(has_errors=True)
    shown = Message.media.through.objects.values("message__conversation_id")
    Conversation.objects.filter(pk__in=shown).update(has_images=True)
    newest = Message.objects.filter(pk=OuterRef("active_leaf_id"), role="assistant").order_by()
    unusual = Message.objects.exclude(status="complete").order_by()
    Conversation.objects.filter(active_leaf__in=unusual.values("pk")).update(
        state=Coalesce(Subquery(newest.values("status")[:1]), models.Value("complete"))
    )


class Migration(migrations.Migration):
    dependencies = [("webchat", "0006_people")]

    operations = [
        migrations.AddField(
            "conversation", "state",
            models.CharField(choices=[("streaming", "streaming"), ("complete", "complete"), ("stopped", "stopped"), ("failed", "failed"), ("interrupted", "interrupted")], default="complete", max_length=16, verbose_name="state"),
        ),
        migrations.AddField(
            "conversation", "has_errors",
            models.BooleanField(default=False, verbose_name="has errors"),
        ),
        migrations.AddField(
            "conversation", "has_images",
            models.BooleanField(default=False, verbose_name="has pictures"),
        ),
        migrations.AddIndex(
            "conversation",
            models.Index(fields=["-active_at", "-id"], name="conversation_recent"),
        ),
        migrations.RunPython(repeat, migrations.RunPython.noop, elidable=True),
    ]
