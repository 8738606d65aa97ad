"""Theme, sidebar, language, time zone."""

import pytest
from django.test import Client

from webchat.models import User

pytestmark = pytest.mark.django_db


def test_the_theme_is_kept_in_a_cookie_and_shown_at_once(client: Client) -> None:
    answer = client.post("/preferences/", {"theme": "dark", "next": "/sidebar/"})
    assert answer["Location"] == "/sidebar/"
    assert answer.cookies["theme"]["httponly"]
    assert 'data-theme="dark"' in client.get("/").content.decode()


def test_the_sidebar_stays_closed(client: Client) -> None:
    client.post("/preferences/", {"sidebar": "closed"}, headers={"accept": "application/json"})
    assert 'data-sidebar="closed"' in client.get("/").content.decode()


def test_the_language_is_the_persons_from_then_on(client: Client, alice: User) -> None:
    client.post("/preferences/", {"language": "ru"})
    alice.refresh_from_db()
    assert alice.language == "ru"
    assert '<html lang="ru"' in client.get("/").content.decode()


def test_a_time_zone_told_by_the_browser_is_remembered(client: Client, alice: User) -> None:
    client.cookies["timezone"] = "Pacific/Auckland"
    client.get("/")
    alice.refresh_from_db()
    assert alice.time_zone == "Pacific/Auckland"


@pytest.mark.parametrize(
    "fields",
    [
        {"theme": "pink"},
        {"language": "xx"},
        {"sidebar": "sideways"},
        {"time_zone": "../../etc/passwd"},
        {"time_zone": "Mars/Olympus"},
    ],
)
def test_what_is_not_on_the_list_is_refused(
    client: Client, alice: User, fields: dict[str, str]
) -> None:
    assert client.post("/preferences/", fields).status_code == 400
    alice.refresh_from_db()
    assert (alice.language, alice.time_zone) == ("", "")


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example", "javascript:x()", ""]
)
def test_the_way_back_never_leads_to_another_site(client: Client, wanted: str) -> None:
    assert client.post("/preferences/", {"theme": "light", "next": wanted})["Location"] == "/"
