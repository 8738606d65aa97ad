"""Every address of the site, as alice, as bob, and as a stranger."""

from base64 import b64encode
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import PASSWORD
from tests.webchat.access.conftest import Things, everything, signed_in
from tests.webchat.access.table import ROUTES, Reach, reach_of, routes
from webchat.models import User

pytestmark = pytest.mark.django_db

SITE = sorted({name for name, _route in routes() if not name.startswith("admin:")})
PLACEHOLDERS: dict[str, Any] = {
    "account_confirm_email": {"key": "none"},
    "account_reset_password_from_key": {"uidb36": "1", "key": "set-password"},
    "create_administrator": {"token": "none"},
    "logo": {"digest": "none"},
}
ERRORS = range(500, 600)


def of(*reaches: Reach) -> list[str]:
    return [name for name in SITE if reach_of(name) in reaches]


def address(name: str, things: Things) -> str:
    if reach_of(name) is Reach.OWNER:
        kind = name.replace("_", "-").partition("-")[0]
        return reverse(name, args=[things.address_values[kind]])
    return reverse(name, kwargs=PLACEHOLDERS.get(name))


def is_sign_in(answer: Any) -> bool:
    """Whether somebody is sent away to sign in, and back afterwards."""
    return answer.status_code == 302 and "/accounts/login/?next=" in answer["Location"]


def test_every_address_is_in_the_table_and_nothing_else() -> None:
    listed = set().union(*ROUTES.values())
    assert set(SITE) - listed == set(), "say in table.py who may reach these"
    assert listed - set(SITE) == set(), "these are gone"


@pytest.mark.parametrize("name", of(Reach.OWN, Reach.OWNER))
def test_a_stranger_is_asked_to_sign_in(name: str, things: Things) -> None:
    before = everything()
    assert is_sign_in(Client().get(address(name, things)))
    assert is_sign_in(Client().post(address(name, things), {"title": "Mine"}))
    assert everything() == before


@pytest.mark.parametrize("name", of(Reach.OPEN))
def test_what_is_open_asks_nobody_to_sign_in_and_shows_nothing_of_anybody(
    name: str, things: Things
) -> None:
    answer = Client().get(address(name, things))
    assert not is_sign_in(answer)
    assert answer.status_code not in ERRORS
    page = b"" if answer.streaming else answer.content
    assert b"A walk" not in page and b"alice" not in page


# Of the addresses of things: those that only take a form, those that never do, and those that lead
# to the password first.
FORM_ONLY = {
    "conversation-archive", "conversation-delete", "conversation-rename", "message-continue",
    "run-stop",
}  # fmt: skip
PAGE_ONLY = {
    "conversation", "conversation-export", "conversation-options", "media", "message", "messages",
}  # fmt: skip
LEADS_ON = {"mfa_edit_webauthn", "mfa_remove_webauthn"}


@pytest.mark.parametrize("name", of(Reach.OWNER))
def test_alice_reaches_what_is_hers(name: str, things: Things, alice: User) -> None:
    answer = signed_in(alice).get(address(name, things))
    assert answer.status_code == (405 if name in FORM_ONLY else 302 if name in LEADS_ON else 200)
    assert not is_sign_in(answer)


@pytest.mark.django_db(transaction=True)  # some views ask the database in another thread
@pytest.mark.parametrize("name", of(Reach.OWNER))
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_what_is_hers_does_not_exist_for_bob(
    name: str, accept: str, things: Things, bob: User
) -> None:
    before = everything()
    headers = {"accept": accept}
    bobs, fields = signed_in(bob), {"title": "Mine", "choice": "", "client_id": str(uuid4())}
    read = bobs.get(address(name, things), headers=headers).status_code
    written = bobs.post(address(name, things), fields, headers=headers).status_code
    if name.startswith("mfa_"):  # allauth asks for the password before it looks for the key
        assert {read, written} <= {302, 404}
    else:
        assert read == (405 if name in FORM_ONLY else 404)
        assert written == (405 if name in PAGE_ONLY else 404)
    assert everything() == before


@pytest.mark.parametrize("name", of(Reach.OWN))
def test_bob_sees_nothing_of_hers_anywhere(name: str, things: Things, bob: User) -> None:
    answer = signed_in(bob).get(address(name, things))
    assert answer.status_code in (200, 302, 404, 405)  # 404: he has no second factor
    page = b"" if answer.streaming else answer.content
    assert b"A walk" not in page and b"To the lake" not in page and b"alice" not in page


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["message-send"])
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_bob_says_nothing_in_her_conversation_and_shows_none_of_her_pictures(
    name: str, accept: str, things: Things, bob: User
) -> None:
    before = everything()
    theirs = {"conversation": str(things.conversation.pk)}, {"media": [str(things.picture.pk)]}
    for fields in theirs:
        wish = {"text": "Hi", "choice": f"{things.endpoint.pk}:demo", **fields}
        answer = signed_in(bob).post(reverse(name), wish, headers={"accept": accept})
        assert answer.status_code == 404
    assert everything() == before


IDS = ["{}", "{{{}}}", "urn:uuid:{}", "local:{}", "note:{}", "['{}']", " {} ", "{}\0", "../{}"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("form", IDS)
def test_no_way_to_write_an_id_leads_bob_to_what_is_hers(
    form: str, things: Things, bob: User
) -> None:
    before = everything()
    for pk in (str(things.conversation.pk), things.conversation.pk.hex.upper()):
        wish = {"text": "Hi", "choice": f"{things.endpoint.pk}:demo"}
        wish |= {"conversation": form.format(pk)}
        assert signed_in(bob).post(reverse("message-send"), wish).status_code in (400, 404)
    assert everything() == before


@pytest.mark.parametrize("name", ["home", "sidebar", "conversation", "media"])
def test_only_the_cookie_of_a_session_signs_in(name: str, things: Things, alice: User) -> None:
    key = signed_in(alice).session.session_key
    basic = b64encode(f"alice:{PASSWORD}".encode()).decode()
    claims = {"authorization": f"Bearer {key}", "x-api-key": key, "x-session": key}
    claims |= {"x-forwarded-user": "alice", "x-remote-user": "alice", "remote-user": "alice"}
    for headers in ({"authorization": f"Basic {basic}"}, claims):
        answer = Client().get(address(name, things), {"sessionid": str(key)}, headers=headers)
        assert is_sign_in(answer)
    assert is_sign_in(Client(REMOTE_USER="alice").get(address(name, things)))
