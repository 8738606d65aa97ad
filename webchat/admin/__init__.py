"""The administration: Django's own, behind the site's own sign-in."""

from django.conf import settings
from django.contrib import admin

from webchat.admin import (
    audit,
    conversations,
    door,
    endpoint_models,
    endpoints,
    groups,
    insight,
    installation,
    limits,
    users,
)

__all__ = [
    "audit",
    "conversations",
    "endpoint_models",
    "endpoints",
    "groups",
    "insight",
    "installation",
    "limits",
    "users",
]

door.hang()
admin.site.site_header = settings.SITE_NAME
admin.site.site_title = settings.SITE_NAME
