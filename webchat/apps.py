"""The Django application."""

from django.apps import AppConfig


class WebchatConfig(AppConfig):
    name = "webchat"
    verbose_name = "Webchat"
    default_auto_field = "django.db.models.BigAutoField"
