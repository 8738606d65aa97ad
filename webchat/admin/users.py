"""People, as administrators see them."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin

from webchat.models import User


@admin.register(User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]  # not subscriptable
    """Django's own, with what people may choose for themselves."""

    fieldsets = (*(DjangoUserAdmin.fieldsets or ()), (None, {"fields": ["language", "time_zone"]}))
