"""What is over goes, all else stays."""

import os
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone

from tests.factories import make_conversation, make_message, make_user
from tests.pictures import PNG
from webchat.audit import record
from webchat.generation.images import examine, store
from webchat.models import AuditRecord, Conversation, Media, Outcome, User

pytestmark = pytest.mark.django_db(transaction=True)

NOW = timezone.now()
LONG_AGO = NOW - timedelta(days=100)


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def prune(*options: str) -> dict[str, int]:
    out = StringIO()
    call_command("prune", *options, stdout=out)
    lines = (line.split(maxsplit=1) for line in out.getvalue().splitlines())
    return {what: int(count) for count, what in lines if int(count)}


def picture(owner: User, created_at: Any = LONG_AGO) -> Media:
    media = store(owner, examine(PNG), Media.Origin.UPLOADED, name="dot.png", alt="")
    Media.objects.filter(pk=media.pk).update(created_at=created_at)
    return media


def outcome(message: Any, ended_at: Any) -> Outcome:
    return Outcome.objects.create(message_id=message.pk, started_at=ended_at, ended_at=ended_at)


@pytest.fixture
def old(alice: User) -> Conversation:
    """A conversation of long ago, with a picture."""
    conversation = make_conversation(alice, "Old", active_at=LONG_AGO)
    make_message(conversation).media.add(picture(alice))
    return conversation


def test_conversations_stay_for_ever_unless_a_setting_says_how_long(old: Conversation) -> None:
    assert prune() == {}
    assert Conversation.objects.get() == old


def test_an_old_conversation_goes_with_its_pictures(
    old: Conversation, alice: User, settings: Any
) -> None:
    settings.RETAIN_CONVERSATIONS_DAYS = 30
    make_conversation(alice, "Young")
    file = Path(Media.objects.get().file.path)
    assert prune() == {"conversations": 1}
    assert Conversation.objects.get().title == "Young"
    assert not Media.objects.exists()
    assert not file.exists()


def test_pinned_and_growing_conversations_stay(
    old: Conversation, alice: User, settings: Any
) -> None:
    settings.RETAIN_CONVERSATIONS_DAYS = 30
    Conversation.objects.filter(pk=old.pk).update(pinned=True)
    growing = make_conversation(alice, "Growing", active_at=LONG_AGO)
    make_message(growing, role="assistant", status="streaming")
    assert prune() == {}


def test_a_temporary_conversation_goes_after_a_day(alice: User) -> None:
    make_conversation(alice, temporary=True, active_at=NOW - timedelta(hours=25))
    make_conversation(alice, "Today", temporary=True)
    assert prune() == {"temporary conversations": 1}
    assert Conversation.objects.get().title == "Today"


def test_a_picture_that_was_never_sent_goes_after_a_day(alice: User) -> None:
    unsent, fresh = picture(alice), picture(alice, NOW)
    assert prune() == {"unused pictures": 1}
    assert not Path(unsent.file.path).exists()
    assert Path(fresh.file.path).exists()


def test_a_file_without_a_row_goes(alice: User, settings: Any) -> None:
    kept = picture(alice, NOW)
    stray = Path(settings.MEDIA_ROOT, "media", "zz", "stray")
    stray.parent.mkdir(parents=True, exist_ok=True)
    for file in (stray, Path(kept.file.path)):
        file.touch()
        os.utime(file, times=(LONG_AGO.timestamp(),) * 2)
    assert prune() == {"files without a row": 1}
    assert not stray.exists()
    assert Path(kept.file.path).exists()


def test_the_audit_goes_by_age_and_says_that_it_went(settings: Any) -> None:
    settings.RETAIN_AUDIT_DAYS = 30
    former = record(AuditRecord.Action.EXPORTED)
    AuditRecord._base_manager.filter(pk=former.pk).update(at=LONG_AGO)
    assert prune() == {"audit records": 1}
    written = AuditRecord.objects.get()
    assert written.action == "pruned"
    assert written.details["removed"]["audit_records"] == 1


def test_outcomes_and_sessions_go_by_age(alice: User, settings: Any) -> None:
    settings.RETAIN_OUTCOMES_DAYS = 30
    conversation = make_conversation(alice)
    outcome(make_message(conversation), LONG_AGO)
    kept = outcome(make_message(conversation), NOW)
    Session.objects.create(session_key="a", expire_date=LONG_AGO)
    assert prune() == {"outcomes": 1, "sessions": 1}
    assert Outcome.objects.get() == kept


def test_a_dry_run_says_the_same_and_deletes_nothing(
    old: Conversation, alice: User, settings: Any
) -> None:
    settings.RETAIN_CONVERSATIONS_DAYS = 30
    picture(alice)
    Session.objects.create(session_key="a", expire_date=LONG_AGO)
    told = prune("--dry-run")
    assert told == {"conversations": 1, "unused pictures": 1, "sessions": 1}
    assert not AuditRecord.objects.exists()
    assert prune() == told


def test_large_numbers_go_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webchat.prune.BATCH", 3)
    Session.objects.bulk_create(
        Session(session_key=str(number), expire_date=LONG_AGO) for number in range(10)
    )
    assert prune() == {"sessions": 10}


def test_devices_go_with_their_sessions(alice: User) -> None:
    Session.objects.create(session_key="a", expire_date=NOW + timedelta(days=1))
    Session.objects.create(session_key="b", expire_date=LONG_AGO)
    for key in ("a", "b", "c"):
        UserSession.objects.create(user=alice, session_key=key, ip="127.0.0.1")
    assert prune() == {"sessions": 1, "devices": 2}
    assert UserSession.objects.get().session_key == "a"


@pytest.mark.parametrize(
    ("has_mail", "joined", "fields", "gone"),
    [
        (True, LONG_AGO, {}, True),
        (True, NOW, {}, False),
        (True, LONG_AGO, {"verified": True}, False),
        (True, LONG_AGO, {"primary": False}, False),
        (False, LONG_AGO, {}, False),
    ],
)
def test_people_who_never_confirmed_their_address_go(
    settings: Any, has_mail: bool, joined: Any, fields: dict[str, bool], gone: bool
) -> None:
    settings.HAS_MAIL = has_mail
    dora = make_user("dora", date_joined=joined)
    address = {"primary": True, "verified": False} | fields
    EmailAddress.objects.create(user=dora, email="dora@example.org", **address)
    assert prune() == ({"unconfirmed people": 1} if gone else {})
    assert User.objects.filter(username="dora").exists() != gone


def test_people_who_were_here_once_stay(settings: Any) -> None:
    settings.HAS_MAIL = True
    dora = make_user("dora", date_joined=LONG_AGO, last_login=LONG_AGO)
    EmailAddress.objects.create(user=dora, email="dora@example.org", primary=True)
    assert prune() == {}
