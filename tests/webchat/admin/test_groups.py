"""Groups hold rights, so that not everybody who may change one may say what it allows."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client

from tests.factories import make_endpoint, make_user
from tests.webchat.limits.test_allowances import make_limits
from webchat.limits import allowance
from webchat.models import AuditRecord, User

pytestmark = pytest.mark.django_db(transaction=True)  # what holds at once does from the commit on


def rights() -> list[str]:
    return [str(pk) for pk in Permission.objects.values_list("pk", flat=True)]


@pytest.fixture
def helpers() -> Group:
    """A group whose members look after groups."""
    group = Group.objects.create(name="helpers")
    codenames = ["add_group", "change_group", "view_group"]
    group.permissions.set(Permission.objects.filter(codename__in=codenames))
    return group


@pytest.fixture
def desk(helpers: Group) -> Client:
    """The browser of one of them, who is no superuser."""
    member = make_user("helper", is_staff=True)
    member.groups.add(helpers)
    client = Client()
    client.force_login(member)
    return client


def test_staff_cannot_raise_themselves_by_their_group(desk: Client, helpers: Group) -> None:
    data = {"name": "our helpers", "permissions": rights()}

    assert desk.post(f"/admin/auth/group/{helpers.pk}/change/", data).status_code == 302
    helpers.refresh_from_db()
    assert (helpers.name, helpers.permissions.count()) == ("our helpers", 3)


def test_staff_make_no_group_with_rights(desk: Client) -> None:
    desk.post("/admin/auth/group/add/", {"name": "kings", "permissions": rights()})

    assert not Group.objects.get(name="kings").permissions.exists()


def test_superusers_say_what_a_group_may(panel: Client, helpers: Group) -> None:
    data = {"name": "helpers", "permissions": rights()}

    assert panel.post(f"/admin/auth/group/{helpers.pk}/change/", data).status_code == 302
    assert helpers.permissions.count() == len(rights())


def test_other_rights_of_a_group_are_recorded(panel: Client) -> None:
    group = Group.objects.create(name="Helpers")
    right = Permission.objects.get(codename="view_user")

    panel.post(
        f"/admin/auth/group/{group.pk}/change/", {"name": "Helpers", "permissions": right.pk}
    )

    record = AuditRecord.objects.get(action=AuditRecord.Action.ROLE_CHANGED)
    assert (record.subject_name, record.details) == ("Helpers", {"permissions": [str(right)]})


def test_only_superusers_delete_a_group(desk: Client, helpers: Group) -> None:
    helpers.permissions.add(Permission.objects.get(codename="delete_group"))
    page = f"/admin/auth/group/{helpers.pk}/delete/"

    assert desk.post(page, {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": helpers.pk, "post": "yes"}
    desk.post("/admin/auth/group/", chosen)
    assert Group.objects.filter(pk=helpers.pk).exists()


@pytest.mark.parametrize("from_list", [False, True])
def test_what_went_with_a_group_is_recorded_and_its_limits_hold_no_longer(
    panel: Client, alice: User, *, from_list: bool
) -> None:
    row = make_limits("writers", alice, tokens_a_day=5)
    assert row.group is not None
    endpoint = make_endpoint("Server", everyone=False)
    endpoint.groups.add(row.group)
    assert allowance(alice.pk).tokens_a_day == 5

    if from_list:
        chosen = {"action": "delete_selected", "_selected_action": row.group.pk, "post": "yes"}
        panel.post("/admin/auth/group/", chosen)
    else:
        panel.post(f"/admin/auth/group/{row.group.pk}/delete/", {"post": "yes"})

    assert not Group.objects.exists()
    assert allowance(alice.pk).tokens_a_day is None
    gone = AuditRecord.objects.get(action=AuditRecord.Action.DELETED)
    assert (gone.actor_name, gone.subject_type, gone.subject_name) == ("staff", "group", "writers")
    assert gone.details["members"] == ["alice"]
    assert gone.details["endpoints"] == ["Server"]
    lifted = AuditRecord.objects.get(action=AuditRecord.Action.LIMITS_CHANGED)
    assert lifted.details["before"]["tokens_a_day"] == 5
    assert lifted.details["after"] is None


def test_a_new_group_and_a_new_name_are_recorded(panel: Client) -> None:
    panel.post("/admin/auth/group/add/", {"name": "Writers"})
    group = Group.objects.get()
    panel.post(f"/admin/auth/group/{group.pk}/change/", {"name": "Readers"})
    panel.post(f"/admin/auth/group/{group.pk}/change/", {"name": "Readers"})

    changes = AuditRecord.objects.filter(action=AuditRecord.Action.ROLE_CHANGED).order_by("id")
    assert [change.details for change in changes] == [
        {"name": "Writers", "permissions": []},
        {"name": "Readers"},
    ]
