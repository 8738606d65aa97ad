"""Where a request comes from, told by one and the same rule everywhere."""

from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from django.test.utils import override_settings

from tests.factories import PASSWORD
from webchat.accounts import activity
from webchat.logs.client import client_address
from webchat.models import AuditRecord, User


@pytest.mark.parametrize(
    ("proxies", "client", "said", "address"),
    [
        (0, "192.0.2.1", "198.51.100.7", "192.0.2.1"),
        (1, "127.0.0.1", "198.51.100.7", "198.51.100.7"),
        (1, "127.0.0.1", "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        (2, "127.0.0.1", "203.0.113.9, 198.51.100.7", "203.0.113.9"),
        (1, "127.0.0.1", "2001:db8::1", "2001:db8::1"),
        (1, "", "198.51.100.7", "198.51.100.7"),
        (1, "", "", "-"),
        (1, "127.0.0.1", "<script>", "-"),
        (2, "127.0.0.1", "198.51.100.7", "127.0.0.1"),
        (1, "127.0.0.1", "198.51.100.7:4711", "198.51.100.7"),
        (1, "127.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"),
    ],
)
def test_an_address_is_what_trusted_proxies_say(
    proxies: int, client: str, said: str, address: str
) -> None:
    with override_settings(TRUSTED_PROXIES=proxies):
        assert client_address(said, client) == address


@pytest.mark.django_db
def test_a_chain_that_is_too_short_breaks_neither_sign_ins_nor_pages(
    alice: User, settings: Any
) -> None:
    settings.TRUSTED_PROXIES = 2
    headers = {"x-forwarded-for": "198.51.100.7"}
    browser = Client(headers=headers, REMOTE_ADDR="192.0.2.9")
    given = {"login": "alice", "password": PASSWORD}
    assert browser.post("/accounts/login/", given).status_code == 302
    activity.forget()
    assert browser.get("/").status_code == 200
    assert UserSession.objects.get(user=alice).ip == "192.0.2.9"
    signed_in = AuditRecord.objects.get(action=AuditRecord.Action.SIGNED_IN)
    assert signed_in.address == "192.0.2.9"
