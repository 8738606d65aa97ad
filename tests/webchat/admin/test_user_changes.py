"""What follows when administrators change people: rights, sessions, records, and what may not be."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group, Permission
from django.db import connection, connections
from django.test import Client

from tests.factories import PASSWORD, make_conversation, make_message, make_user
from tests.pictures import PNG
from webchat.generation.images import examine, store
from webchat.models import AuditRecord, Conversation, Media, User

pytestmark = pytest.mark.django_db

PEOPLE = "/admin/webchat/user/"
Action = AuditRecord.Action


def address(user: User, page: str = "change") -> str:
    return f"{PEOPLE}{user.pk}/{page}/"


def form(user: User, **fields: Any) -> dict[str, Any]:
    """What the form of a person sends, with some of it changed; None leaves a box empty."""
    data = {name: getattr(user, name) for name in ("username", "email", "first_name", "last_name")}
    data |= {"language": user.language}
    boxes = {name: getattr(user, name) for name in ("is_active", "is_staff", "is_superuser")}
    data |= {name: "on" for name, ticked in boxes.items() if ticked}
    data |= fields
    return {name: value for name, value in data.items() if value is not None}


def act(browser: Client, action: str, *people: User) -> Any:
    data = {"action": action, "_selected_action": [user.pk for user in people]}
    return browser.post(PEOPLE, data, follow=True)


def told(action: str) -> list[dict[str, Any]]:
    """The details of the records of an action, oldest first."""
    return list(
        AuditRecord.objects.filter(action=action).order_by("pk").values_list("details", flat=True)
    )


@pytest.fixture
def second(db: None) -> User:
    """Another administrator."""
    return make_user("second", is_staff=True, is_superuser=True)


def is_in(client: Client) -> bool:
    return client.get("/").status_code == 200


# --- switching off ---


def test_whoever_is_switched_off_is_signed_out_for_good(panel: Client, alice: User) -> None:
    client = Client()
    client.force_login(alice)

    act(panel, "switch_off", alice)
    assert not is_in(client)

    alice.refresh_from_db()
    panel.post(address(alice), form(alice, is_active="on"))
    assert not is_in(client), "the old session came to life again"
    client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    assert is_in(client)
    assert told(Action.ACCOUNT_CHANGED) == [{"change": "switched off"}, {"change": "switched on"}]
    assert told(Action.SESSIONS_ENDED) == [{"reason": "switched off"}]


def test_ticking_active_approves_whoever_waits(panel: Client) -> None:
    carol = make_user("carol", is_active=False, awaits_approval=True)

    panel.post(address(carol), form(carol, is_active="on"))

    carol.refresh_from_db()
    assert (carol.is_active, carol.awaits_approval) == (True, False)
    assert told(Action.ACCOUNT_CHANGED) == [{"change": "approved"}]


def test_an_administrator_signs_somebody_out_everywhere(
    panel: Client, alice: User, bob: User
) -> None:
    alices, bobs = Client(), Client()
    alices.force_login(alice)
    bobs.force_login(bob)

    act(panel, "sign_out", alice)

    assert (is_in(alices), is_in(bobs), is_in(panel)) == (False, True, True)
    assert told(Action.SESSIONS_ENDED) == [{"reason": "by an administrator"}]


# --- roles ---


def test_whoever_is_demoted_is_signed_out_and_has_no_rights_left(
    panel: Client, second: User
) -> None:
    seconds = Client()
    seconds.force_login(second)
    assert seconds.get("/admin/").status_code == 200

    panel.post(address(second), form(second, is_staff=None, is_superuser=None))

    assert not is_in(seconds)
    seconds.post("/accounts/login/", {"login": "second", "password": PASSWORD})
    assert seconds.get("/admin/", follow=True).status_code == 403
    assert told(Action.ROLE_CHANGED) == [{"is_staff": False, "is_superuser": False}]


def test_whoever_is_promoted_stays_signed_in(panel: Client, alice: User) -> None:
    alices = Client()
    alices.force_login(alice)

    panel.post(address(alice), form(alice, is_staff="on", is_superuser="on"))

    assert alices.get("/admin/").status_code == 200
    assert told(Action.ROLE_CHANGED) == [{"is_staff": True, "is_superuser": True}]


def test_other_groups_and_permissions_are_recorded(panel: Client, alice: User) -> None:
    group = Group.objects.create(name="Writers")
    permission = Permission.objects.get(codename="change_user")

    panel.post(address(alice), form(alice, groups=[group.pk], user_permissions=[permission.pk]))

    [details] = told(Action.ROLE_CHANGED)
    assert details == {"groups": ["Writers"], "user_permissions": [str(permission)]}


# --- the last administrator ---


@pytest.mark.parametrize("lost", ["is_active", "is_staff", "is_superuser"])
def test_the_last_administrator_cannot_be_taken_away_by_form(
    panel: Client, staff: User, lost: str
) -> None:
    response = panel.post(address(staff), form(staff, **{lost: None}))

    assert "Nobody else could look after this site." in response.content.decode()
    staff.refresh_from_db()
    assert getattr(staff, lost)


def test_rights_without_a_way_into_the_panel_look_after_nothing(
    panel: Client, staff: User, second: User
) -> None:
    User.objects.filter(pk=second.pk).update(is_staff=False)

    page = panel.post(address(staff), form(staff, is_superuser=None))

    assert "Nobody else could look after this site." in page.content.decode()


def test_the_last_administrator_cannot_be_taken_away_from_the_list(
    panel: Client, staff: User, alice: User
) -> None:
    page = act(panel, "switch_off", staff, alice)

    assert "Nobody else could look after this site." in page.content.decode()
    staff.refresh_from_db()
    alice.refresh_from_db()
    assert (staff.is_active, alice.is_active) == (True, False)


def test_the_last_administrator_cannot_be_deleted(panel: Client, staff: User, second: User) -> None:
    User.objects.filter(pk=second.pk).update(is_active=False)

    assert panel.post(address(staff, "delete"), {"post": "yes"}).status_code == 403
    data = {"action": "delete_selected", "_selected_action": [staff.pk], "post": "yes"}
    panel.post(PEOPLE, data)

    assert User.objects.filter(pk=staff.pk).exists()


def test_all_administrators_together_cannot_be_deleted(
    panel: Client, staff: User, second: User
) -> None:
    people = [staff.pk, second.pk]
    data = {"action": "delete_selected", "_selected_action": people, "post": "yes"}

    panel.post(PEOPLE, data)

    assert User.objects.filter(is_superuser=True, is_active=True).exists()


@pytest.mark.django_db(transaction=True)
def test_two_administrators_cannot_take_each_other_away_at_the_same_time(
    staff: User, second: User
) -> None:
    start = Barrier(2)

    def demote(actor: User, other: User) -> None:
        browser = Client()
        browser.force_login(actor)
        try:
            start.wait(10)
            browser.post(address(other), form(other, is_superuser=None))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(demote, staff, second), pool.submit(demote, second, staff)]
        for each in both:
            each.result(30)

    assert User.objects.filter(is_superuser=True).count() == 1


# --- passwords, addresses, new people ---


def test_another_password_ends_the_sessions_of_the_person(panel: Client, alice: User) -> None:
    alices = Client()
    alices.force_login(alice)
    new = "cranes-over-the-other-lake"

    panel.post(
        address(alice, "password"),
        {"password1": new, "password2": new, "usable_password": "true", "set-password": ""},
    )

    alice.refresh_from_db()
    assert alice.check_password(new)
    assert not is_in(alices)
    assert is_in(panel)
    assert told(Action.ACCOUNT_CHANGED) == [{"change": "password changed"}]
    assert told(Action.SESSIONS_ENDED) == [{"reason": "password changed"}]


def test_an_address_that_an_administrator_types_is_trusted(panel: Client, alice: User) -> None:
    EmailAddress.objects.create(user=alice, email="old@example.org", primary=True, verified=True)

    panel.post(address(alice), form(alice, email="Alice@Example.org"))

    [kept] = EmailAddress.objects.all()
    assert (kept.email, kept.primary, kept.verified) == ("alice@example.org", True, True)
    assert told(Action.ACCOUNT_CHANGED) == [{"change": "details changed", "fields": ["email"]}]


def test_an_address_of_somebody_else_is_refused(panel: Client, alice: User, bob: User) -> None:
    EmailAddress.objects.create(user=bob, email="bob@example.org", primary=True, verified=True)

    response = panel.post(address(alice), form(alice, email="BOB@example.org"))

    assert "Somebody else has this address." in response.content.decode()


def test_new_people_are_recorded(panel: Client, staff: User) -> None:
    passwords = {"password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}

    panel.post(f"{PEOPLE}add/", {"username": "carol"} | passwords)

    record = AuditRecord.objects.get(action=Action.ACCOUNT_CHANGED)
    assert (record.actor, record.subject_name) == (staff, "carol")
    assert record.details == {"change": "account made"}


# --- deletion ---


@pytest.mark.django_db(transaction=True)
def test_deleting_people_takes_their_conversations_and_files(
    panel: Client, alice: User, bob: User
) -> None:
    make_message(make_conversation(alice), "Hello")
    make_conversation(bob)
    picture = store(alice, examine(PNG), Media.Origin.UPLOADED, name="dot.png", alt="")
    page = panel.get(address(alice, "delete")).content.decode()
    assert "alice" in page

    panel.post(address(alice, "delete"), {"post": "yes"})

    assert not User.objects.filter(username="alice").exists()
    assert [each.owner for each in Conversation.objects.all()] == [bob]
    assert not Path(picture.file.path).exists()
    [record] = AuditRecord.objects.filter(action=Action.DELETED)
    assert (record.actor_name, record.subject_name) == ("staff", "alice")


@pytest.mark.django_db(transaction=True)
def test_others_write_while_somebody_with_much_is_deleted(
    panel: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        make_conversation(alice)
    free = []

    def erasing(conversation: Conversation) -> None:
        free.append(len(connection.savepoint_ids) == 0 and connection.in_atomic_block)
        conversation.delete()

    monkeypatch.setattr("webchat.leaving.erase", erasing)
    panel.post(address(alice, "delete"), {"post": "yes"})

    assert free == [True, True, True]  # each in a transaction of its own, not in one for all


@pytest.mark.django_db(transaction=True)
def test_an_administrator_may_delete_their_own_account_where_another_is_left(
    panel: Client, staff: User, second: User
) -> None:
    response = panel.post(address(staff, "delete"), {"post": "yes"})

    assert response.status_code == 302
    assert not User.objects.filter(username="staff").exists()
    assert not is_in(panel)


def test_asking_to_delete_somebody_with_much_reads_only_counts(
    panel: Client, alice: User, django_assert_max_num_queries: Any
) -> None:
    walk = make_conversation(alice)
    for _ in range(30):
        make_message(walk, "Hello")
    panel.get(PEOPLE)

    with django_assert_max_num_queries(14) as queries:
        panel.get(address(alice, "delete"))
    assert "webchat_message" not in " ".join(query["sql"] for query in queries.captured_queries)
