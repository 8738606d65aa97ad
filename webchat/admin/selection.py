"""Rows that are ticked in a list, for something to be done with them."""

from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import BadRequest
from django.http import HttpRequest

KEY_DIGITS = 18  # no database has longer ones


class Selectable:
    """What is ticked has to be a key; Django itself would look for whatever was sent, and break."""

    def response_action(self, request: HttpRequest, *selection: Any, **place: Any) -> Any:
        for ticked in request.POST.getlist(ACTION_CHECKBOX_NAME):
            if not is_key(ticked):
                raise BadRequest
        return super().response_action(request, *selection, **place)  # type: ignore[misc]


def is_key(text: str) -> bool:
    """Whether a text is the number of a row, if there is such a row."""
    return text.isascii() and text.isdecimal() and len(text) <= KEY_DIGITS
