"""Limits of groups, filled in by administrators."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from webchat.limits import allowance
from webchat.models import AuditRecord, Limits, User

pytestmark = pytest.mark.django_db(transaction=True)  # what holds at once does from the commit on

ADD = "admin:webchat_limits_add"
NONE = {"group": "", "messages_a_minute": "", "answers_at_once": "", "tokens_a_day": ""}


def fill_in(panel: Client, address: str = "", **fields: Any) -> Any:
    return panel.post(address or reverse(ADD), {**NONE, "upload_bytes": "", **fields})


def change(row: Limits) -> str:
    return reverse("admin:webchat_limits_change", args=[row.pk])


def records() -> list[dict[str, Any]]:
    found = AuditRecord.objects.filter(action="limits_changed").order_by("id")
    return list(found.values_list("details", flat=True))


def test_limits_hold_at_once_and_are_recorded(panel: Client, alice: User) -> None:
    assert allowance(alice.pk).tokens_a_day is None
    fill_in(panel, tokens_a_day="500", upload_bytes="3 MiB")
    assert allowance(alice.pk).tokens_a_day == 500
    assert allowance(alice.pk).upload_bytes == 3 * 1024**2
    [record] = records()
    assert record["before"] is None
    assert record["after"] == {
        "messages_a_minute": None,
        "answers_at_once": None,
        "tokens_a_day": 500,
        "upload_bytes": 3 * 1024**2,
    }


def test_a_change_is_recorded_with_what_was_before(panel: Client, alice: User) -> None:
    row = Limits.objects.create(tokens_a_day=500, upload_bytes=3 * 1024**2)
    assert 'value="3MiB"' in panel.get(change(row)).content.decode()
    fill_in(panel, change(row), tokens_a_day="700", upload_bytes="3MiB")
    assert allowance(alice.pk).tokens_a_day == 700
    [record] = records()
    assert (record["before"]["tokens_a_day"], record["after"]["tokens_a_day"]) == (500, 700)


def test_deleting_one_or_a_selection_is_recorded_and_holds_at_once(
    panel: Client, alice: User
) -> None:
    first = Limits.objects.create(tokens_a_day=500)
    assert allowance(alice.pk).tokens_a_day == 500
    panel.post(reverse("admin:webchat_limits_delete", args=[first.pk]), {"post": "yes"})
    assert allowance(alice.pk).tokens_a_day is None
    group = Group.objects.create(name="writers")
    second = Limits.objects.create(group=group, tokens_a_day=5)
    selection = {"action": "delete_selected", "_selected_action": [second.pk], "post": "yes"}
    panel.post(reverse("admin:webchat_limits_changelist"), selection)
    assert not Limits.objects.exists()
    assert [record["after"] for record in records()] == [None, None]


@pytest.mark.parametrize(
    "fields",
    [{"upload_bytes": "large"}, {"upload_bytes": "0"}, {"tokens_a_day": "0"}, {"group": "77"}],
)
def test_what_makes_no_sense_is_refused(panel: Client, fields: dict[str, str]) -> None:
    answer = fill_in(panel, **fields)
    assert "errorlist" in answer.content.decode()
    assert not Limits.objects.exists()


def test_a_second_row_for_the_same_people_is_refused_with_a_reason(panel: Client) -> None:
    fill_in(panel, tokens_a_day="1")
    answer = fill_in(panel, tokens_a_day="2")
    assert "There are limits for these people already." in answer.content.decode()


def test_another_group_means_other_limits_at_once(panel: Client, alice: User) -> None:
    group = Group.objects.create(name="writers")
    Limits.objects.create(group=group, tokens_a_day=5)
    assert allowance(alice.pk).tokens_a_day is None
    address = reverse("admin:webchat_user_change", args=[alice.pk])
    joined = {"date_joined_0": "2026-11-01", "date_joined_1": "12:00:00"}
    panel.post(address, {"username": "alice", "is_active": "on", "groups": [group.pk], **joined})
    assert allowance(alice.pk).tokens_a_day == 5


def test_the_list_shows_whose_limits_they_are(panel: Client) -> None:
    Limits.objects.create(tokens_a_day=500, upload_bytes=3 * 1024**2)
    shown = panel.get(reverse("admin:webchat_limits_changelist")).content.decode()
    assert "everybody else" in shown
    assert "3.0\N{NO-BREAK SPACE}MB" in shown


def test_who_only_chats_changes_no_limits(client: Client) -> None:
    assert fill_in(client, tokens_a_day="5").status_code == 302
    assert not Limits.objects.exists()
