"""Who did what is written down, and stays as it was written."""

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from tests.factories import PASSWORD, make_user
from webchat.audit import record
from webchat.models import AuditRecord, User
from webchat.models.audit_record import AppendOnly

Action = AuditRecord.Action


def actions() -> list[tuple[str, str]]:
    return [(each.action, each.actor_name) for each in AuditRecord.objects.order_by("id")]


def sign_in(password: str) -> None:
    Client().post(reverse("account_login"), {"login": "carol", "password": password})


def test_a_record_keeps_the_names_of_what_is_deleted_later(db: None) -> None:
    actor, subject = make_user("root"), make_user("carol")
    written = record(Action.ROLE_CHANGED, actor=actor, subject=subject, former=False, now=True)
    actor.delete()
    subject.delete()
    kept = AuditRecord.objects.get(pk=written.pk)
    assert (kept.actor, kept.actor_name, kept.subject_name) == (None, "root", "carol")
    assert kept.details == {"former": False, "now": True}


def test_a_record_of_a_request_names_who_asked_and_from_where(db: None, alice: User) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.7")
    request.user = alice
    written = record(Action.EXPORTED, request=request)
    assert (written.actor, written.address) == (alice, "192.0.2.7")


def test_a_record_is_neither_changed_nor_deleted(db: None) -> None:
    written = record(Action.PRUNED)
    with pytest.raises(AppendOnly):
        written.save()
    with pytest.raises(AppendOnly):
        written.delete()
    with pytest.raises(AppendOnly):
        AuditRecord.objects.update(actor_name="nobody")
    with pytest.raises(AppendOnly):
        AuditRecord.objects.all().delete()


def test_coming_leaving_and_failing_are_recorded(db: None) -> None:
    make_user("carol")
    sign_in("not it")
    sign_in(PASSWORD)
    assert actions() == [("sign_in_failed", ""), ("signed_in", "carol")]


def test_what_was_typed_as_a_name_is_recorded_nowhere(db: None) -> None:
    Client().post(reverse("account_login"), {"login": "my-secret-password", "password": "x"})
    [written] = AuditRecord.objects.values()
    assert "my-secret-password" not in str(written)
