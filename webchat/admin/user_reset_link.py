"""The page on which an administrator makes a link for somebody's new password."""

from typing import Any

from django.contrib.admin import ModelAdmin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from webchat.accounts.reset_link import reset_link
from webchat.models import User


def reset_link_view(
    model_admin: "ModelAdmin[User]", request: HttpRequest, object_id: str
) -> HttpResponse:
    """Ask first; then show the link, once."""
    user = model_admin.get_object(request, unquote(object_id))
    if user is None:
        raise Http404
    if not model_admin.has_change_permission(request, user):
        raise PermissionDenied
    context: dict[str, Any] = model_admin.admin_site.each_context(request)
    context |= {"opts": model_admin.opts, "original": user}
    if request.method == "POST":
        context["link"] = reset_link(user, request)
    return render(request, "admin/webchat/user/reset_link.html", context)
