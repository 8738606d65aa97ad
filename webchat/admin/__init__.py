"""The administration: Django's own, behind allauth's sign-in and its rate limits."""

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin

from webchat.admin import endpoints, users

__all__ = ["endpoints", "users"]

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = settings.SITE_NAME
admin.site.site_title = settings.SITE_NAME
