"""Groups hold rights, so that not everybody who may change one may say what it allows."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client

from tests.factories import make_user
from webchat.models import AuditRecord

pytestmark = pytest.mark.django_db


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
