"""The icon for pages that name none, such as Django's administration."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.views.decorators.cache import cache_control


@login_not_required
@cache_control(max_age=24 * 3600)
def favicon(request: HttpRequest) -> HttpResponse:
    return redirect(static("img/mark.svg"))
