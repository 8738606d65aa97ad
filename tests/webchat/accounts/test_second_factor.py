"""Authenticator apps and recovery codes; passkeys are tried in a browser (tests/e2e)."""

import re
import time
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from cryptography.fernet import Fernet
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from tests.factories import PASSWORD, make_user
from webchat.models import AuditRecord, User

pytestmark = pytest.mark.django_db

SIGN_IN, ONE_MORE = "/accounts/login/", "/accounts/second-factor/authenticate/"
TURN_ON = "/accounts/second-factor/totp/activate/"
CODES = "/accounts/second-factor/recovery-codes/"
AGAIN = "/accounts/reauthenticate/"


@pytest.fixture(autouse=True)
def administrator(staff: User) -> User:
    return staff


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def sign_in(client: Client, name: str = "alice", then: str = "") -> str:
    """The password; where it leads."""
    data = {"login": name, "password": PASSWORD, "next": then}
    return str(client.post(SIGN_IN, data).headers.get("Location", ""))


def code(secret: str, later: int = 0) -> str:
    """What an app shows, or shows `later` steps of 30 seconds from now."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + later)))


def turn_on(client: Client) -> str:
    """Set an app up, as somebody signed in does; its secret."""
    client.post(f"{AGAIN}?next={TURN_ON}", {"password": PASSWORD})
    page = client.get(TURN_ON).content.decode()
    found = re.search(r'<code class="secret">(\w+)</code>', page)
    assert found
    assert client.post(TURN_ON, {"code": code(found[1])})["Location"] == CODES
    return found[1]


@pytest.fixture
def browser(alice: User) -> Client:
    """Alice's, signed in."""
    client = Client()
    sign_in(client)
    return client


@pytest.fixture
def secret(browser: Client) -> str:
    """Of alice's app."""
    return turn_on(browser)


def recovery_codes(client: Client) -> list[str]:
    return re.findall(r"<li><code>(\d+)</code></li>", client.get(CODES).content.decode())


def test_an_app_is_set_up_with_a_picture_at_an_address_of_its_own(browser: Client) -> None:
    browser.post(f"{AGAIN}?next={TURN_ON}", {"password": PASSWORD})
    page = browser.get(TURN_ON).content.decode()
    address = re.search(r'<img class="qr" src="([^"]+)"', page)
    assert address
    assert "data:" not in page

    picture = browser.get(address[1])
    assert picture["Content-Type"] == "image/svg+xml"
    assert "no-store" in picture["Cache-Control"]
    assert b"<path" in picture.content


def test_the_picture_is_nobody_elses(browser: Client, bob: User) -> None:
    browser.post(f"{AGAIN}?next={TURN_ON}", {"password": PASSWORD})
    browser.get(TURN_ON)
    picture = "/accounts/second-factor/totp/picture.svg"

    assert Client().get(picture).status_code == 302
    bobs = Client()
    sign_in(bobs, "bob")
    bobs.post(f"{AGAIN}?next={picture}", {"password": PASSWORD})
    assert bobs.get(picture).status_code == 404


def test_setting_one_up_takes_the_password(browser: Client) -> None:
    assert browser.get(TURN_ON)["Location"].startswith(AGAIN)


def test_a_wrong_code_sets_nothing_up(browser: Client) -> None:
    browser.post(f"{AGAIN}?next={TURN_ON}", {"password": PASSWORD})
    browser.get(TURN_ON)

    answer = browser.post(TURN_ON, {"code": "000000"})

    assert answer.status_code == 200
    assert not Authenticator.objects.exists()


def test_signing_in_takes_the_code_as_well(secret: str) -> None:
    client = Client()

    assert sign_in(client, then="/healthz") == ONE_MORE
    assert not is_signed_in(client)
    assert client.get("/").status_code == 302

    wrong = client.post(ONE_MORE, {"code": "000000"})
    assert b"Incorrect code" in wrong.content
    assert not is_signed_in(client)

    assert client.post(ONE_MORE, {"code": code(secret, later=1)})["Location"] == "/healthz"
    assert is_signed_in(client)


def test_a_code_works_once(secret: str) -> None:
    first, second = Client(), Client()
    used = code(secret, later=1)
    sign_in(first)
    first.post(ONE_MORE, {"code": used})
    sign_in(second)

    second.post(ONE_MORE, {"code": used})

    assert is_signed_in(first)
    assert not is_signed_in(second)


def test_nobody_tries_codes_for_ever(secret: str) -> None:
    client = Client()
    sign_in(client)
    for _ in range(5):
        client.post(ONE_MORE, {"code": "000000"})

    answer = client.post(ONE_MORE, {"code": code(secret, later=1)})

    assert b"Too many" in answer.content
    assert not is_signed_in(client)


def test_without_the_password_the_second_step_leads_back(secret: str) -> None:
    assert Client().post(ONE_MORE, {"code": code(secret)})["Location"] == SIGN_IN


def test_somebody_switched_off_between_the_steps_stays_outside(secret: str) -> None:
    client = Client()
    sign_in(client)
    User.objects.filter(username="alice").update(is_active=False)

    answer = client.post(ONE_MORE, {"code": code(secret, later=1)})

    assert answer["Location"] == "/accounts/inactive/"
    assert not is_signed_in(client)


@pytest.mark.usefixtures("secret")
def test_each_recovery_code_signs_in_once(browser: Client) -> None:
    codes = recovery_codes(browser)
    assert len(set(codes)) == 10

    for attempt, expected in enumerate((True, False)):
        client = Client()
        sign_in(client)
        client.post(ONE_MORE, {"code": codes[0]})
        assert is_signed_in(client) is expected, attempt
    assert set(recovery_codes(browser)) == set(codes[1:])


@pytest.mark.usefixtures("secret")
def test_new_recovery_codes_make_the_old_ones_worthless(browser: Client) -> None:
    old = recovery_codes(browser)

    browser.post(f"{CODES}generate/")

    assert not set(old) & set(recovery_codes(browser))


@pytest.mark.usefixtures("secret")
def test_recovery_codes_can_be_downloaded(browser: Client) -> None:
    file = browser.get(f"{CODES}download/")

    assert file["Content-Disposition"] == 'attachment; filename="recovery-codes.txt"'
    assert file.content.decode().split() == recovery_codes(browser)


@pytest.mark.usefixtures("secret")
def test_switching_the_app_off_takes_the_codes_along(browser: Client) -> None:
    browser.post("/accounts/second-factor/totp/deactivate/")

    assert not Authenticator.objects.exists()
    assert sign_in(Client()) == "/"


def test_secrets_are_encrypted_in_the_database(secret: str) -> None:
    rows = str(list(Authenticator.objects.values_list("data", flat=True)))

    assert secret not in rows
    assert rows.count("gAAAA") == 2


def test_without_the_key_ring_no_code_fits_and_an_administrator_helps(
    secret: str, settings: Settings, staff: User, alice: User
) -> None:
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    client = Client()
    sign_in(client)
    assert b"Incorrect code" in client.post(ONE_MORE, {"code": code(secret, later=1)}).content

    panel = Client()
    panel.force_login(staff)
    data = {"action": "reset_second_factor", "_selected_action": [alice.pk]}
    panel.post("/admin/webchat/user/", data)

    assert sign_in(Client()) == "/"
    record = AuditRecord.objects.filter(action=AuditRecord.Action.ACCOUNT_CHANGED).latest("pk")
    assert (record.actor_name, record.subject_name) == ("staff", "alice")
    assert record.details == {"change": "second factor reset"}


@pytest.mark.usefixtures("secret")
def test_the_shell_resets_a_second_factor() -> None:
    call_command("reset_second_factor", "alice", stdout=StringIO())

    assert not Authenticator.objects.exists()
    with pytest.raises(CommandError, match="alice has no second factor"):
        call_command("reset_second_factor", "alice")


@pytest.mark.usefixtures("secret")
def test_staff_do_not_reset_the_second_factor_of_administrators(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    helper = make_user("helper", is_staff=True)
    names = ["view_user", "change_user"]
    helper.user_permissions.set(Permission.objects.filter(codename__in=names))
    desk = Client()
    desk.force_login(helper)

    data = {"action": "reset_second_factor", "_selected_action": [alice.pk]}
    desk.post("/admin/webchat/user/", data)

    assert Authenticator.objects.count() == 2


# --- the administration ---


def test_the_administration_asks_for_the_second_factor_too(staff: User) -> None:
    browser = Client()
    sign_in(browser, "staff")
    secret = turn_on(browser)
    client = Client()

    assert client.get("/admin/", follow=True).redirect_chain[-1][0] == f"{SIGN_IN}?next=/admin/"
    assert sign_in(client, "staff", then="/admin/") == ONE_MORE
    assert client.get("/admin/").status_code == 302
    assert client.post(ONE_MORE, {"code": code(secret, later=1)})["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200


def test_staff_cannot_try_passwords_at_the_form_of_the_administration(staff: User) -> None:
    helper = make_user("helper", is_staff=True)
    desk = Client()
    desk.force_login(helper)

    answer = desk.post("/admin/login/", {"username": "staff", "password": PASSWORD})

    assert answer.status_code == 302
    assert desk.session["_auth_user_id"] == str(helper.pk)


def test_where_it_is_demanded_staff_set_a_second_factor_up_first(
    settings: Settings, staff: User
) -> None:
    settings.STAFF_NEEDS_SECOND_FACTOR = True
    client = Client()
    sign_in(client, "staff")

    page = client.get("/admin/", follow=True)
    assert page.redirect_chain[-1][0] == "/accounts/"
    assert b"The administration needs a second factor" in page.content
    assert client.get("/admin/webchat/user/").status_code == 302
    assert client.get("/").status_code == 200

    turn_on(client)
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize("table", ["mfa/authenticator", "account/emailaddress"])
def test_the_panel_does_not_show_tables_that_hold_secrets(staff: User, table: str) -> None:
    panel = Client()
    panel.force_login(staff)

    assert panel.get(f"/admin/{table}/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_what_becomes_of_second_factors_is_recorded(browser: Client) -> None:
    turn_on(browser)
    browser.post(f"{CODES}generate/")
    browser.post("/accounts/second-factor/totp/deactivate/")

    records = AuditRecord.objects.filter(action=AuditRecord.Action.ACCOUNT_CHANGED)
    assert [record.details["change"] for record in records.order_by("pk")] == [
        "totp added",
        "recovery_codes added",
        "recovery_codes renewed",
        "totp removed",
        "recovery_codes removed",
    ]
