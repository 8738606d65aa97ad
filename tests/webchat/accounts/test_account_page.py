"""One's own account: name, language, time zone, and leaving."""

from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from tests.factories import PASSWORD, make_conversation, make_message, make_user
from tests.pictures import PNG
from webchat.generation.images import examine, store
from webchat.models import AuditRecord, Conversation, Media, Message, Outcome, Run, User

pytestmark = pytest.mark.django_db

PAGE, LEAVE = "/accounts/", "/accounts/delete/"


@pytest.fixture
def browser(alice: User, staff: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def test_the_page_shows_what_is_known_and_keeps_what_is_typed(browser: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(first_name="Alice", last_name="Liddell")
    assert b'value="Alice Liddell"' in browser.get(PAGE).content

    fields = {"name": "Алиса", "language": "ru", "chosen_time_zone": "Asia/Tokyo"}
    response = browser.post(PAGE, fields)

    assert response["Location"] == PAGE
    alice.refresh_from_db()
    assert str(alice) == "Алиса"
    assert (alice.language, alice.chosen_time_zone) == ("ru", "Asia/Tokyo")
    assert browser.cookies[settings.LANGUAGE_COOKIE_NAME].value == "ru"


@pytest.mark.parametrize(
    "fields",
    [
        {"language": "xx"},
        {"language": "en", "chosen_time_zone": "Mars/Olympus"},
        {"language": "en", "name": "x" * 151},
    ],
)
def test_what_makes_no_sense_is_not_kept(
    browser: Client, alice: User, fields: dict[str, str]
) -> None:
    assert browser.post(PAGE, fields).status_code == 200
    alice.refresh_from_db()
    assert (alice.first_name, alice.language, alice.chosen_time_zone) == ("", "", "")


def test_a_form_changes_nothing_that_it_does_not_ask(browser: Client, alice: User) -> None:
    fields = {"name": "Al", "language": "en", "chosen_time_zone": ""}
    browser.post(PAGE, fields | {"is_superuser": "on", "username": "root", "is_staff": "on"})

    alice.refresh_from_db()
    assert (alice.username, alice.is_superuser, alice.is_staff) == ("alice", False, False)


def test_a_chosen_time_zone_holds_whatever_the_browser_says(browser: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(chosen_time_zone="Asia/Tokyo")
    walk = make_conversation(alice)
    midnight = timezone.datetime(2026, 1, 1, 0, 30, tzinfo=timezone.get_fixed_timezone(0))
    make_message(walk, "Hello", "assistant", created_at=midnight)
    browser.cookies["timezone"] = "America/New_York"

    page = browser.get(f"/c/{walk.pk}/").content.decode()

    assert "2026-01-01T09:30:00+09:00" in page
    alice.refresh_from_db()
    assert alice.time_zone == "America/New_York"
    assert "As the browser says (America/New_York)" in browser.get(PAGE).content.decode()


# --- leaving ---


@pytest.fixture
def things(alice: User) -> Path:
    """Everything somebody may have; the file of a picture."""
    walk = make_conversation(alice)
    question = make_message(walk, "Hello")
    answer = make_message(walk, "…", "assistant", status="streaming")
    Run.objects.create(owner=alice, client_id=uuid4(), message=answer, node="elsewhere")
    picture = store(alice, examine(PNG), Media.Origin.UPLOADED, name="dot.png", alt="")
    picture.messages.add(question)
    unsent = store(alice, examine(PNG), Media.Origin.UPLOADED, name="dot.png", alt="")
    assert Path(unsent.file.path).exists()
    return Path(picture.file.path)


@pytest.mark.django_db(transaction=True)
def test_who_leaves_takes_everything_along(
    browser: Client, alice: User, bob: User, things: Path
) -> None:
    make_conversation(bob)
    elsewhere = Client()
    elsewhere.force_login(alice)

    page = browser.post(LEAVE, {"password": PASSWORD})

    assert b"Your account is deleted" in page.content
    assert not User.objects.filter(username="alice").exists()
    assert [each.owner for each in Conversation.objects.all()] == [bob]
    assert not (Message.objects.exists() or Media.objects.exists() or Run.objects.exists())
    assert not things.exists()
    assert [each.owner for each in Outcome.objects.all()] == [None]
    assert browser.get("/").status_code == elsewhere.get("/").status_code == 302
    record = AuditRecord.objects.get(action=AuditRecord.Action.DELETED)
    assert (record.actor, record.actor_name, record.subject_name) == (None, "alice", "alice")


@pytest.mark.parametrize("password", ["", "swordfish"])
def test_leaving_takes_the_password(browser: Client, alice: User, password: str) -> None:
    assert browser.post(LEAVE, {"password": password}).status_code == 200
    assert User.objects.filter(username="alice").exists()


def test_the_password_cannot_be_tried_for_ever(browser: Client, alice: User) -> None:
    for _ in range(5):
        browser.post(LEAVE, {"password": "swordfish"})

    assert "Too many" in str(browser.post(LEAVE, {"password": PASSWORD}).context["form"].errors)
    assert User.objects.filter(username="alice").exists()


def test_who_has_no_password_types_the_name(staff: User) -> None:
    dora = make_user("dora")
    dora.set_unusable_password()
    dora.save()
    client = Client()
    client.force_login(dora)

    client.post(LEAVE, {"username": "dori"})
    assert User.objects.filter(username="dora").exists()
    client.post(LEAVE, {"username": "dora"})
    assert not User.objects.filter(username="dora").exists()


def test_the_only_administrator_stays(staff: User) -> None:
    client = Client()
    client.force_login(staff)
    assert b"You are the only administrator" in client.get(LEAVE).content

    client.post(LEAVE, {"password": PASSWORD})
    assert User.objects.filter(username="staff").exists()

    make_user("second", is_staff=True, is_superuser=True)
    client.post(LEAVE, {"password": PASSWORD})
    assert not User.objects.filter(username="staff").exists()


def test_a_note_that_waits_for_its_page_does_not_break_the_chat(
    browser: Client, alice: User
) -> None:
    browser.post(PAGE, {"name": "Al", "language": "en", "chosen_time_zone": ""})

    assert browser.get("/").status_code == 200
    assert browser.get(f"/c/{make_conversation(alice).pk}/").status_code == 200
    assert b"Saved." in browser.get(PAGE).content
