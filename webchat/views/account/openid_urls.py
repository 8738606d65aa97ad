"""The addresses around the identity provider, below `accounts/oidc/`."""

from allauth.socialaccount import views as allauth
from django.urls import path

from webchat.views.account.openid import begin, callback

urlpatterns = [
    path("", begin, name="oidc_login"),
    path("callback/", callback, name="oidc_callback"),
    path("cancelled/", allauth.login_cancelled, name="socialaccount_login_cancelled"),
    path("signup/", allauth.signup, name="socialaccount_signup"),
    path("connections/", allauth.connections, name="socialaccount_connections"),
]
