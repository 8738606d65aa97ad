"""Every address of the site, below BASE_PATH."""

from allauth.account import views as allauth
from django.contrib import admin
from django.urls import include, path

from webchat.views.accounts import SignIn
from webchat.views.health import healthz
from webchat.views.icon import favicon
from webchat.views.setup import create_administrator, setup

accounts = [
    path("login/", SignIn.as_view(), name="account_login"),
    path("logout/", allauth.logout, name="account_logout"),
    path("inactive/", allauth.account_inactive, name="account_inactive"),
    path("signup/", allauth.signup, name="account_signup"),
    path("reauthenticate/", allauth.reauthenticate, name="account_reauthenticate"),
    path("password/change/", allauth.password_change, name="account_change_password"),
]
urlpatterns = [
    path("", include("webchat.views.urls")),
    path("accounts/", include(accounts)),
    path("setup/", setup, name="setup"),
    path("setup/<str:token>/", create_administrator, name="create_administrator"),
    path("admin/", admin.site.urls),
    path("favicon.ico", favicon, name="favicon"),
    path("healthz", healthz, name="healthz"),
]
