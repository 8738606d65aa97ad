"""Pages of the panel that are for reading and nothing else."""

from typing import Any

from django.http import HttpRequest


class ReadOnly:
    """Whoever may view may view; nobody adds, changes or deletes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
