"""The Django application."""

from importlib import import_module

from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import post_migrate

from providers.statuses import show_upstream_bodies


class WebchatConfig(AppConfig):
    name = "webchat"
    verbose_name = "Webchat"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import_module("webchat.accounts.signals")
        triggers = import_module("webchat.search.triggers")
        post_migrate.connect(triggers.restore, sender=self)
        show_upstream_bodies(settings.LOG_UPSTREAM_BODIES)
