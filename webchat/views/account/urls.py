"""The addresses around an account, below `accounts/`."""

from allauth.account import views as allauth
from django.conf import settings
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from webchat.views.account.entrance import SignIn, SignUp, waiting
from webchat.views.account.leaving import delete_account
from webchat.views.account.mail import with_mail
from webchat.views.account.page import account
from webchat.views.account.second_factor import totp_picture
from webchat.views.account.sessions import own_sessions

urlpatterns = [
    path("", account, name="account"),
    path("login/", SignIn.as_view(), name="account_login"),
    path("logout/", allauth.logout, name="account_logout"),
    path("inactive/", allauth.account_inactive, name="account_inactive"),
    path("signup/", SignUp.as_view(), name="account_signup"),
    path("waiting/", waiting, name="account_waiting"),
    path("reauthenticate/", allauth.reauthenticate, name="account_reauthenticate"),
    path("password/change/", allauth.password_change, name="account_change_password"),
    path("password/set/", allauth.password_set, name="account_set_password"),
    # Administrators make these links too, so they work without mail.
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        allauth.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        allauth.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("password/reset/", with_mail(allauth.password_reset), name="account_reset_password"),
    path(
        "password/reset/done/",
        with_mail(allauth.password_reset_done),
        name="account_reset_password_done",
    ),
    # allauth's page about all of them is a part of ours, so it leads there.
    path("second-factor/", RedirectView.as_view(pattern_name="account"), name="mfa_index"),
    path("second-factor/totp/picture.svg", totp_picture, name="totp_picture"),
    path("second-factor/", include("allauth.mfa.urls")),
    path("sessions/", own_sessions, name="account_sessions"),
    path("delete/", delete_account, name="account_delete"),
    path("email/", with_mail(allauth.email), name="account_email"),
    path(
        "email/confirm/",
        with_mail(allauth.email_verification_sent),
        name="account_email_verification_sent",
    ),
    path(
        "email/confirm/<str:key>/", with_mail(allauth.confirm_email), name="account_confirm_email"
    ),
]

if settings.HAS_OIDC:
    urlpatterns.append(path("oidc/", include("webchat.views.account.openid_urls")))
