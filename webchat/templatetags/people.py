"""Tags that tell of people."""

from django import template

from webchat.accounts import approval

register = template.Library()


@register.simple_tag
def people_waiting() -> int:
    """How many wait for approval."""
    return approval.waiting().count()
