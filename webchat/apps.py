"""The Django application."""

from importlib import import_module

from django.apps import AppConfig
from django.conf import settings

from providers.statuses import show_upstream_bodies


class WebchatConfig(AppConfig):
    name = "webchat"
    verbose_name = "Webchat"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import_module("webchat.accounts.signals")
        show_upstream_bodies(settings.LOG_UPSTREAM_BODIES)
