"""Signing in and out, and who may not."""

import logging

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.test.utils import override_settings
from django.urls import get_resolver
from django.urls.resolvers import URLPattern, URLResolver

from tests.factories import PASSWORD, make_endpoint, make_user
from webchat.models import Endpoint, User

pytestmark = pytest.mark.django_db

SIGN_IN = "/accounts/login/"
OPEN_TO_STRANGERS = {
    "account_confirm_email",
    "account_email_verification_sent",
    "account_inactive",
    "account_login",
    "account_logout",  # it only leads to the sign-in page
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_signup",
    "account_waiting",
    "create_administrator",
    "favicon",
    "healthz",
    "logo",
    "mfa_authenticate",  # after the password
    "mfa_login_webauthn",
    "metrics",  # it wants a token instead
    "readyz",
    "setup",
}


@pytest.fixture(autouse=True)
def administrator(staff: User) -> User:
    return staff


def sign_in(client: Client, username: str = "alice", password: str = PASSWORD, **more: str) -> int:
    data = {"login": username, "password": password}
    return client.post(SIGN_IN, data, **more).status_code  # type: ignore[arg-type]


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_the_right_password_signs_in_for_a_month(client: Client, alice: User) -> None:
    assert sign_in(client) == 302
    assert is_signed_in(client)
    cookie = client.cookies["webchat_session"]
    assert cookie["max-age"] == 30 * 24 * 3600
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_a_session_of_before_the_sign_in_is_not_the_one_after(client: Client, alice: User) -> None:
    client.session.save()  # as whoever laid it under would have one
    planted = Client()
    session = planted.session
    session["laid"] = "under"
    session.save()
    client.cookies["webchat_session"] = str(session.session_key)
    assert sign_in(client) == 302
    assert is_signed_in(client)
    assert client.session.session_key != session.session_key
    planted.cookies["webchat_session"] = str(session.session_key)
    assert not is_signed_in(planted)


def test_the_name_is_kept_and_the_password_is_not_when_it_is_wrong(
    client: Client, alice: User
) -> None:
    response = client.post(SIGN_IN, {"login": "alice", "password": "swordfish"})

    assert response.status_code == 200
    assert b'value="alice"' in response.content
    assert b"swordfish" not in response.content
    assert not is_signed_in(client)


def test_an_unknown_name_reads_the_same_as_a_wrong_password(client: Client, alice: User) -> None:
    def answer(name: str) -> list[str]:
        response = client.post(SIGN_IN, {"login": name, "password": "swordfish"})
        return list(response.context["form"].non_field_errors())

    assert answer("alice") == answer("nobody") != []


def test_a_deactivated_person_does_not_get_in(client: Client) -> None:
    make_user("gone", is_active=False)

    sign_in(client, "gone")

    assert not is_signed_in(client)


def test_signing_in_leads_to_the_page_that_was_wanted(client: Client, alice: User) -> None:
    response = client.post(f"{SIGN_IN}?next=/healthz", {"login": "alice", "password": PASSWORD})

    assert response["Location"] == "/healthz"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "javascript:alert(1)"]
)
def test_signing_in_never_leads_to_another_site(client: Client, alice: User, target: str) -> None:
    response = client.post(SIGN_IN, {"login": "alice", "password": PASSWORD, "next": target})

    assert response["Location"] == "/"


def test_many_wrong_passwords_lock_the_name_for_a_while(client: Client, alice: User) -> None:
    for _ in range(5):
        sign_in(client, password="swordfish")

    response = client.post(SIGN_IN, {"login": "alice", "password": PASSWORD})

    assert not is_signed_in(client)
    assert "Too many" in " ".join(response.context["form"].non_field_errors())


def test_one_address_may_not_try_many_names(client: Client) -> None:
    statuses = [sign_in(client, f"name-{number}") for number in range(31)]

    assert statuses[-1] == 429
    assert b"Too many tries" in client.post(SIGN_IN, {"login": "x", "password": "y"}).content


def test_a_forwarded_address_is_not_believed_without_a_proxy(client: Client) -> None:
    statuses = [
        sign_in(client, f"name-{number}", HTTP_X_FORWARDED_FOR=f"198.51.100.{number}")
        for number in range(31)
    ]

    assert statuses[-1] == 429


@override_settings(TRUSTED_PROXIES=1)
def test_behind_a_proxy_everybody_has_limits_of_their_own(client: Client) -> None:
    """The last address is the proxy's word; those before it may be anybody's invention."""

    def attempts(forwarded: str) -> list[int]:
        return [
            sign_in(client, f"name-{number}", HTTP_X_FORWARDED_FOR=forwarded.format(number))
            for number in range(31)
        ]

    assert 429 in attempts("198.51.100.{}, 203.0.113.7")
    assert sign_in(client, "x", HTTP_X_FORWARDED_FOR="203.0.113.8") == 200


def test_the_page_of_the_administration_shares_the_limits(client: Client) -> None:
    response = client.get("/admin/login/?next=/admin/")

    assert response["Location"] == f"{SIGN_IN}?next=/admin/"


def test_signing_out_takes_a_click_on_a_form(client: Client, alice: User) -> None:
    client.force_login(alice)

    assert b"Sign out?" in client.get("/accounts/logout/").content
    assert is_signed_in(client)

    assert client.post("/accounts/logout/")["Location"] == SIGN_IN
    assert not is_signed_in(client)


def test_a_person_changes_the_password(client: Client, alice: User) -> None:
    client.force_login(alice)
    new = "cranes-over-the-other-lake"

    page = client.get("/accounts/password/change/")
    assert page.status_code == 200
    client.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
    )

    alice.refresh_from_db()
    assert alice.check_password(new)


def test_a_strangers_form_is_refused_with_a_page(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)

    response = client.post(SIGN_IN, {"login": "alice", "password": PASSWORD})

    assert response.status_code == 403
    assert b"Go back, load the page anew" in response.content


def test_the_log_tells_of_failures_without_names(
    client: Client, alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        sign_in(client, "my-password-by-mistake", "swordfish")
        sign_in(client)

    assert "a sign-in failed" in caplog.text
    assert f"user {alice.pk} signed in" in caplog.text
    assert "mistake" not in caplog.text
    assert "swordfish" not in caplog.text


def named_views(resolver: URLResolver, namespace: str = "") -> dict[str, URLPattern]:
    found: dict[str, URLPattern] = {}
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{pattern.namespace}:" if pattern.namespace else namespace
            found |= named_views(pattern, inner)
        else:
            found[f"{namespace}{pattern.name}"] = pattern
    return found


def test_no_page_but_the_known_ones_is_open_to_strangers() -> None:
    """A new page needs a sign-in unless somebody adds it to the list above."""
    views = named_views(get_resolver())
    opened = {
        name
        for name, pattern in views.items()
        if not getattr(pattern.callback, "login_required", True) and not name.startswith("admin:")
    }

    assert len(views) > 20
    assert opened <= OPEN_TO_STRANGERS
    assert not AnonymousUser().is_authenticated


def test_pages_for_staff_are_closed_to_others(client: Client, alice: User) -> None:
    client.force_login(alice)

    assert client.get("/admin/")["Location"].startswith("/admin/login/")
    assert client.get("/admin/login/?next=/admin/").status_code == 403


def test_the_key_of_an_endpoint_never_reaches_a_browser(client: Client, staff: User) -> None:
    endpoint = make_endpoint(api_key="sk-swordfish", proxy="socks5://u:swordfish@proxy")
    client.force_login(staff)

    page = client.get(f"/admin/webchat/endpoint/{endpoint.pk}/change/")
    listing = client.get("/admin/webchat/endpoint/")

    assert page.status_code == listing.status_code == 200
    assert b"swordfish" not in page.content + listing.content


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ({}, "sk-old"),
        ({"api_key": "sk-new"}, "sk-new"),
        ({"api_key-forget": "on"}, ""),
        ({"api_key": "sk-new", "api_key-forget": "on"}, "sk-new"),
    ],
)
def test_a_key_is_kept_replaced_or_forgotten(
    client: Client, staff: User, typed: dict[str, str], kept: str
) -> None:
    endpoint = make_endpoint(api_key="sk-old")
    client.force_login(staff)
    address = f"/admin/webchat/endpoint/{endpoint.pk}/change/"

    fields = {"label": "Demo", "provider": "Demo", "everyone": "on", "position": "1"}
    fields["runs_at_once"] = "0"

    response = client.post(address, fields | {"api_key": "", "proxy": ""} | typed)

    assert response.status_code == 302, response.context["adminform"].form.errors
    assert Endpoint.objects.get().api_key == kept


def test_an_administrator_adds_people(client: Client, staff: User) -> None:
    client.force_login(staff)

    response = client.post(
        "/admin/webchat/user/add/",
        {
            "username": "carol",
            "usable_password": "true",
            "password1": PASSWORD,
            "password2": PASSWORD,
        },
    )

    assert response.status_code == 302
    assert sign_in(Client(), "carol") == 302
