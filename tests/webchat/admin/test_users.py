"""What administrators see of people and do with them."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Permission
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from tests.factories import PASSWORD, make_conversation, make_user
from webchat.models import AuditRecord, User

pytestmark = pytest.mark.django_db

PEOPLE = "/admin/webchat/user/"


@pytest.fixture
def helper(db: None) -> User:
    """Staff who look after people and are no superuser."""
    user = make_user("helper", is_staff=True)
    names = ["view_user", "add_user", "change_user", "delete_user"]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    return user


@pytest.fixture
def desk(helper: User) -> Client:
    """Their browser."""
    client = Client()
    client.force_login(helper)
    return client


@pytest.fixture
def carol(db: None) -> User:
    """Somebody who waits."""
    return make_user("carol", is_active=False, awaits_approval=True)


def act(browser: Client, action: str, *people: User) -> None:
    data = {"action": action, "_selected_action": [user.pk for user in people]}
    assert browser.post(PEOPLE, data).status_code == 302


def names(browser: Client, query: str = "") -> set[str]:
    return {user.username for user in browser.get(f"{PEOPLE}{query}").context["cl"].result_list}


def test_the_first_page_of_the_administration_counts_those_who_wait(
    panel: Client, carol: User
) -> None:
    assert b"1 person waits for approval" in panel.get("/admin/").content

    make_user("dave", is_active=False, awaits_approval=True)
    assert b"2 people wait for approval" in panel.get("/admin/").content


def test_it_says_nothing_where_nobody_waits(panel: Client) -> None:
    assert b"wait for approval" not in panel.get("/admin/").content


def test_the_list_finds_people_by_their_state(panel: Client, carol: User, alice: User) -> None:
    make_user("gone", is_active=False)

    assert names(panel, "?state=waiting") == {"carol"}
    assert names(panel, "?state=off") == {"gone"}
    assert names(panel, "?state=active") == {"alice", "staff"}


def test_those_who_are_approved_may_sign_in(panel: Client, carol: User, alice: User) -> None:
    act(panel, "approve", carol, alice)

    carol.refresh_from_db()
    assert (carol.is_active, carol.awaits_approval) == (True, False)
    record = AuditRecord.objects.get(action=AuditRecord.Action.ACCOUNT_CHANGED)
    assert (record.actor_name, record.subject_name) == ("staff", "carol")


def test_those_who_are_turned_away_are_forgotten_and_nobody_else(
    panel: Client, carol: User, alice: User
) -> None:
    act(panel, "turn_away", carol, alice)

    assert not User.objects.filter(username="carol").exists()
    assert User.objects.filter(username="alice").exists()
    record = AuditRecord.objects.get(action=AuditRecord.Action.DELETED)
    assert (record.actor_name, record.subject_name) == ("staff", "carol")


def test_the_list_counts_conversations_with_a_constant_number_of_queries(
    panel: Client, alice: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_conversation(alice)
    make_conversation(alice)
    for number in range(20):
        make_conversation(make_user(f"person-{number}"))

    panel.get(PEOPLE)  # the first page of a session is noted
    with django_assert_max_num_queries(12):
        page = panel.get(PEOPLE)

    counts = {user.username: user.conversation_count for user in page.context["cl"].result_list}
    assert (counts["alice"], counts["person-3"], counts["staff"]) == (2, 1, 0)


def test_staff_who_are_no_superuser_cannot_raise_themselves(desk: Client, helper: User) -> None:
    address = f"{PEOPLE}{helper.pk}/change/"

    assert desk.get(address).status_code == 200
    assert desk.post(address, {"username": "helper", "is_superuser": "on"}).status_code == 403
    helper.refresh_from_db()
    assert not helper.is_superuser


def test_staff_who_are_no_superuser_cannot_raise_others(
    desk: Client, helper: User, alice: User
) -> None:
    data = {"username": "alice", "is_active": "on", "is_staff": "on", "is_superuser": "on"}
    data |= {
        "user_permissions": [str(pk) for pk in Permission.objects.values_list("pk", flat=True)]
    }  # type: ignore[dict-item]

    response = desk.post(f"{PEOPLE}{alice.pk}/change/", data)

    assert response.status_code == 302
    alice.refresh_from_db()
    assert not (alice.is_staff or alice.is_superuser or alice.user_permissions.exists())


def test_staff_who_are_no_superuser_make_no_administrators(desk: Client) -> None:
    data = {"username": "king", "password1": PASSWORD, "password2": PASSWORD}
    data |= {"usable_password": "true", "is_staff": "on", "is_superuser": "on"}

    assert desk.post(f"{PEOPLE}add/", data).status_code == 302
    king = User.objects.get(username="king")
    assert not (king.is_staff or king.is_superuser)


def test_staff_who_are_no_superuser_delete_no_administrators_from_the_list(
    desk: Client, staff: User, alice: User
) -> None:
    data = {"action": "delete_selected", "post": "yes", "_selected_action": [staff.pk, alice.pk]}

    assert desk.post(PEOPLE, data).status_code == 403
    assert User.objects.filter(pk__in=[staff.pk, alice.pk]).count() == 2


@pytest.mark.parametrize("page", ["change", "delete", "password", "reset-link"])
def test_staff_who_are_no_superuser_do_nothing_to_administrators(
    desk: Client, helper: User, staff: User, page: str
) -> None:
    data = {"username": "x", "post": "yes", "password1": "a-new-one-1", "password2": "a-new-one-1"}
    response = desk.post(f"{PEOPLE}{staff.pk}/{page}/", data)

    assert response.status_code == 403
    before = staff.password
    staff.refresh_from_db()
    assert (staff.username, staff.password) == ("staff", before)


def test_whoever_has_not_confirmed_the_address_is_told_apart(
    panel: Client, carol: User, settings: Settings
) -> None:
    EmailAddress.objects.create(user=carol, email="carol@example.org", primary=True)
    settings.HAS_MAIL = True

    assert b"waits for approval</" not in panel.get("/admin/").content
    assert names(panel, "?state=waiting") == set()
    assert names(panel, "?state=unconfirmed") == {"carol"}
    assert "has not confirmed the address" in panel.get(PEOPLE).content.decode()

    settings.HAS_MAIL = False  # nobody could confirm it any more
    assert names(panel, "?state=waiting") == {"carol"}
