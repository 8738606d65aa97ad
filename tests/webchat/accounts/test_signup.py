"""Who may sign up, who has to wait, and what strangers learn from it."""

import pytest
from django.test import Client
from pytest_django import Settings

from tests.factories import PASSWORD, make_user
from webchat.models import AuditRecord, User

pytestmark = pytest.mark.django_db

SIGN_UP, SIGN_IN, WAITING = "/accounts/signup/", "/accounts/login/", "/accounts/waiting/"
FIELDS = {"username": "carol", "password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture(autouse=True)
def administrator(staff: User) -> User:
    return staff


@pytest.fixture
def open_site(settings: Settings) -> None:
    settings.SIGNUP = "open"


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_without_any_setting_new_people_wait_for_approval(client: Client) -> None:
    assert b"looks at every new account" in client.get(SIGN_UP).content

    response = client.post(SIGN_UP, FIELDS)

    assert response["Location"] == WAITING
    assert b"waits for approval" in client.get(WAITING).content
    carol = User.objects.get(username="carol")
    assert (carol.is_active, carol.awaits_approval) == (False, True)
    assert not is_signed_in(client)


def test_who_waits_cannot_sign_in_and_reads_why(client: Client) -> None:
    client.post(SIGN_UP, FIELDS)

    response = client.post(SIGN_IN, {"login": "carol", "password": PASSWORD})

    assert response["Location"] == WAITING
    assert not is_signed_in(client)


def test_a_wrong_password_does_not_tell_that_somebody_waits(client: Client) -> None:
    client.post(SIGN_UP, FIELDS)

    def answer(name: str) -> list[str]:
        response = client.post(SIGN_IN, {"login": name, "password": "swordfish"})
        return list(response.context["form"].non_field_errors())

    assert answer("carol") == answer("nobody") != []


@pytest.mark.usefixtures("open_site")
def test_where_sign_up_is_open_new_people_are_in_at_once(client: Client) -> None:
    response = client.post(SIGN_UP, FIELDS)

    assert response["Location"] == "/"
    assert is_signed_in(client)
    assert client.get("/").status_code == 200


def test_where_sign_up_is_closed_nobody_gets_an_account(client: Client, settings: Settings) -> None:
    settings.SIGNUP = "closed"

    response = client.post(SIGN_UP, FIELDS)

    assert b"Sign-up is closed" in response.content
    assert not User.objects.filter(username="carol").exists()
    assert SIGN_UP.encode() not in client.get(SIGN_IN).content


@pytest.mark.parametrize("policy", ["approval", "open"])
def test_the_sign_in_page_leads_to_sign_up_where_there_is_one(
    client: Client, settings: Settings, policy: str
) -> None:
    settings.SIGNUP = policy

    assert SIGN_UP.encode() in client.get(SIGN_IN).content


@pytest.mark.parametrize("policy", ["approval", "open"])
def test_before_there_is_an_administrator_nobody_signs_up(
    client: Client, settings: Settings, staff: User, policy: str
) -> None:
    settings.SIGNUP = policy
    staff.delete()

    assert client.get(SIGN_UP)["Location"] == "/setup/"
    assert b"Sign-up is closed" in client.post(SIGN_UP, FIELDS).content
    assert not User.objects.exists()


@pytest.mark.usefixtures("open_site")
def test_nobody_signs_up_as_staff(client: Client) -> None:
    client.post(SIGN_UP, FIELDS | {"is_staff": "on", "is_superuser": "on", "awaits_approval": ""})

    carol = User.objects.get(username="carol")
    assert not carol.is_staff
    assert not carol.is_superuser


@pytest.mark.usefixtures("open_site")
@pytest.mark.parametrize(
    "fields", [{"password1": "12345678"}, {"password2": "x"}, {"username": ""}, {"username": "a b"}]
)
def test_what_makes_no_account_is_said_at_the_form(client: Client, fields: dict[str, str]) -> None:
    response = client.post(SIGN_UP, FIELDS | fields)

    assert response.status_code == 200
    assert response.context["form"].errors
    assert PASSWORD.encode() not in response.content


def test_a_name_that_is_taken_in_other_letters_is_taken(client: Client, alice: User) -> None:
    response = client.post(SIGN_UP, FIELDS | {"username": "ALICE"})

    assert "already exists" in str(response.context["form"].errors["username"])


def test_one_address_may_not_ask_for_many_names(client: Client) -> None:
    statuses = [client.post(SIGN_UP, FIELDS | {"username": "staff"}).status_code for _ in range(11)]

    assert statuses == [200] * 10 + [429]


def test_signing_up_is_recorded(client: Client) -> None:
    client.post(SIGN_UP, FIELDS)

    record = AuditRecord.objects.get(action=AuditRecord.Action.SIGNED_UP)
    assert (record.subject_name, record.address) == ("carol", "127.0.0.1")


def test_who_is_signed_in_already_is_led_home(client: Client) -> None:
    client.force_login(make_user("dora"))

    assert client.get(SIGN_UP)["Location"] == "/"
