"""Every address of the site, below BASE_PATH."""

from django.contrib import admin
from django.urls import include, path

from webchat.views.health import healthz, readyz
from webchat.views.icon import favicon
from webchat.views.logo import logo
from webchat.views.metrics import metrics
from webchat.views.setup import create_administrator, setup

urlpatterns = [
    path("", include("webchat.views.urls")),
    path("accounts/", include("webchat.views.account.urls")),
    path("setup/", setup, name="setup"),
    path("setup/<str:token>/", create_administrator, name="create_administrator"),
    path("admin/", admin.site.urls),
    path("favicon.ico", favicon, name="favicon"),
    path("logo/<str:digest>.png", logo, name="logo"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
]
handler400 = "webchat.views.errors.bad_request"
handler403 = "webchat.views.errors.not_allowed"
handler404 = "webchat.views.errors.not_found"
handler500 = "webchat.views.errors.something_broke"
