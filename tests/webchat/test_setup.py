"""The one-time link and the administrator it makes."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client

from tests.factories import PASSWORD, make_user
from webchat.accounts.setup_link import setup_link
from webchat.accounts.setup_token import TokenRefused, forget_token, new_token, taken, token_fits
from webchat.models import AuditRecord, User

FIELDS = {"username": "grace", "password": PASSWORD}


@pytest.fixture(autouse=True)
def no_token(db: None) -> None:
    forget_token()


def path_of(link: str) -> str:
    return link.removeprefix(settings.ORIGINS[0])


def test_without_an_administrator_every_page_leads_to_the_waiting_page(client: Client) -> None:
    response = client.get("/", follow=True)

    assert response.redirect_chain[-1] == ("/setup/", 302)
    assert b"no administrator yet" in response.content


def test_with_an_administrator_the_waiting_page_leads_to_the_sign_in_page(
    client: Client, staff: User
) -> None:
    assert client.get("/setup/")["Location"] == "/accounts/login/"


def test_the_link_makes_a_signed_in_superuser_and_leads_home(client: Client) -> None:
    link = path_of(setup_link())

    response = client.post(link, FIELDS)

    assert response["Location"] == "/"
    grace = User.objects.get(username="grace")
    assert grace.is_superuser
    assert grace.is_staff
    assert client.session["_auth_user_id"] == str(grace.pk)
    [record] = AuditRecord.objects.filter(action=AuditRecord.Action.ROLE_CHANGED)
    assert (record.actor, record.details["by"]) == (grace, "setup link")


def test_the_form_is_not_cached(client: Client) -> None:
    assert "no-store" in client.get(path_of(setup_link()))["Cache-Control"]


def test_the_link_works_once(client: Client) -> None:
    link = path_of(setup_link())
    client.post(link, FIELDS)

    response = Client().post(link, {"username": "mallory", "password": PASSWORD})

    assert response.status_code == 410
    assert User.objects.count() == 1


def test_no_link_is_made_once_there_is_an_administrator(staff: User) -> None:
    assert setup_link() == ""


def test_the_link_dies_when_an_administrator_came_another_way(client: Client) -> None:
    link = path_of(setup_link())
    make_user("root", is_superuser=True, is_staff=True)

    assert client.get(link).status_code == 410
    assert client.post(link, FIELDS).status_code == 410
    assert not User.objects.filter(username="grace").exists()


def test_rights_without_a_way_into_the_panel_make_no_administrator(client: Client) -> None:
    make_user("root", is_superuser=True, is_staff=False)
    link = path_of(setup_link())

    assert client.post(link, FIELDS)["Location"] == "/"
    assert User.objects.get(username="grace").is_staff
    assert setup_link() == ""


def test_a_newer_link_replaces_the_older_one(client: Client) -> None:
    older, newer = path_of(setup_link()), path_of(setup_link())

    assert client.get(older).status_code == 410
    assert client.get(newer).status_code == 200


@pytest.mark.parametrize("token", ["x", "a" * 500, "%00", "..%2f..%2fdb", "💣"])
def test_a_made_up_token_is_refused(client: Client, token: str) -> None:
    setup_link()

    assert client.get(f"/setup/{token}/").status_code in {404, 410}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"username": "grace", "password": "12345678"}, "password"),
        ({"username": "grace-hopper", "password": "grace-hopper"}, "password"),
        ({"username": "", "password": PASSWORD}, "username"),
        ({"username": "not a name", "password": PASSWORD}, "username"),
    ],
)
def test_a_bad_name_or_password_is_said_and_leaves_the_link_usable(
    client: Client, fields: dict[str, str], field: str
) -> None:
    link = path_of(setup_link())

    response = client.post(link, fields)

    assert response.status_code == 200
    assert response.context["form"].errors[field]
    assert client.post(link, FIELDS).status_code == 302


def test_the_password_is_not_sent_back(client: Client) -> None:
    response = client.post(path_of(setup_link()), {"username": "", "password": PASSWORD})

    assert PASSWORD.encode() not in response.content


def test_only_the_hash_of_a_token_is_kept_and_only_for_its_owner() -> None:
    token = new_token()

    file = Path(settings.DATA_DIR, "setup-token")
    assert token not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_token_may_be_used_again_when_what_it_was_for_failed() -> None:
    token = new_token()

    with pytest.raises(RuntimeError), taken(token):
        raise RuntimeError

    assert token_fits(token)


def test_of_many_at_once_one_takes_the_token() -> None:
    token = new_token()
    together = Barrier(8)

    def take(_: int) -> bool:
        together.wait()
        try:
            with taken(token):
                return True
        except TokenRefused:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(8))) == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_forms_sent_at_once_one_makes_an_administrator() -> None:
    link = path_of(setup_link())
    together = Barrier(4)

    def send(number: int) -> int:
        together.wait()
        try:
            return Client().post(link, {"username": f"p{number}", "password": PASSWORD}).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(send, range(4)))

    assert sorted(statuses) == [302, 410, 410, 410]
    assert User.objects.count() == 1
