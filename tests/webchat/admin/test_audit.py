"""The audit in the panel: read, searched, and changed by nobody."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import make_user
from webchat.audit import record
from webchat.models import AuditRecord, User

pytestmark = pytest.mark.django_db

LIST = "admin:webchat_auditrecord_changelist"


def test_records_are_found_by_name(panel: Client, staff: User) -> None:
    record(AuditRecord.Action.EXPORTED, actor=staff, subject=make_user("carol"), count=3)
    record(AuditRecord.Action.PRUNED, actor=staff)
    page = panel.get(reverse(LIST), {"q": "carol"}).content.decode()
    assert "exported" in page and "user carol" in page and "{&quot;count&quot;: 3}" in page
    assert "pruned</td>" not in page


def test_nobody_changes_what_was_recorded(panel: Client) -> None:
    written = record(AuditRecord.Action.EXPORTED)
    for name, args in (("add", []), ("delete", [written.pk])):
        address = reverse(f"admin:webchat_auditrecord_{name}", args=args)
        assert panel.get(address).status_code == 403
        assert panel.post(address, {"post": "yes"}).status_code == 403
    change = reverse("admin:webchat_auditrecord_change", args=[written.pk])
    assert panel.post(change, {"action": "pruned"}).status_code == 403
    panel.post(reverse(LIST), {"action": "delete_selected", "_selected_action": written.pk})
    assert AuditRecord.objects.filter(pk=written.pk, action="exported").exists()


def test_the_list_asks_the_same_number_of_queries_for_any_number(
    panel: Client, staff: User, django_assert_max_num_queries: Any
) -> None:
    for _ in range(60):
        record(AuditRecord.Action.EXPORTED, actor=staff)
    panel.get(reverse(LIST))  # the first page of a session is noted
    with django_assert_max_num_queries(9):
        panel.get(reverse(LIST))


@pytest.mark.parametrize(
    "asked", [{"at__year": "9999"}, {"at__year": "0"}, {"at__gte": "0001-01-01 00:00:00+14:00"}]
)
def test_a_time_beyond_all_is_no_failure(panel: Client, asked: dict[str, str]) -> None:
    record(AuditRecord.Action.EXPORTED)
    assert "exported" in panel.get(reverse(LIST), asked, follow=True).content.decode()


def test_times_are_those_of_where_the_reader_lives(panel: Client, staff: User) -> None:
    staff.time_zone, staff.chosen_time_zone = "Europe/Berlin", "Asia/Tokyo"
    staff.save()
    at = datetime(2026, 1, 1, 20, 30, tzinfo=UTC)
    AuditRecord.objects.create(action=AuditRecord.Action.EXPORTED, at=at)
    assert "Jan. 2, 2026, 5:30 a.m." in panel.get(reverse(LIST)).content.decode()
