"""The Django application."""

from importlib import import_module

from django.apps import AppConfig


class WebchatConfig(AppConfig):
    name = "webchat"
    verbose_name = "Webchat"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import_module("webchat.accounts.signals")
