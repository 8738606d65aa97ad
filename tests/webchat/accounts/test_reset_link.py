"""Links for new passwords where there is no mail: in the panel and from the shell."""

import re
from datetime import timedelta
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from tests.factories import PASSWORD, make_user
from webchat.accounts.reset_link import reset_link
from webchat.models import AuditRecord, User

pytestmark = pytest.mark.django_db

ANOTHER = "cranes-over-the-other-lake"
PASSWORDS = {"password1": ANOTHER, "password2": ANOTHER}


@pytest.fixture
def panel(staff: User) -> Client:
    client = Client()
    client.force_login(staff)
    return client


def address(user: User) -> str:
    return f"/admin/webchat/user/{user.pk}/reset-link/"


def path_of(link: str) -> str:
    assert link.startswith(settings.ORIGINS[0])
    return link.removeprefix(settings.ORIGINS[0])


def use(link: str, **fields: str) -> None:
    """Open the link and choose ANOTHER password."""
    client = Client()
    form = client.get(path_of(link))
    if form.status_code == 302:
        client.post(form["Location"], PASSWORDS | fields)


def test_an_administrator_gets_a_link_once_and_it_works_once(panel: Client, alice: User) -> None:
    assert b"/key/" not in panel.get(address(alice)).content

    page = panel.post(address(alice))
    found = re.search(rb'value="(http://[^"]+/key/[^"]+)"', page.content)
    assert found
    assert "no-store" in page["Cache-Control"]
    use(found[1].decode())

    alice.refresh_from_db()
    assert alice.check_password(ANOTHER)
    use(found[1].decode(), password1=PASSWORD, password2=PASSWORD)
    alice.refresh_from_db()
    assert alice.check_password(ANOTHER)


def test_the_page_of_a_person_leads_there(panel: Client, alice: User) -> None:
    assert address(alice).encode() in panel.get(f"/admin/webchat/user/{alice.pk}/change/").content


def test_the_link_ends_every_session_of_the_person(panel: Client, alice: User) -> None:
    alices = Client()
    alices.force_login(alice)

    use(reset_link(alice))

    assert alices.get("/")["Location"].startswith("/accounts/login/")


def test_a_link_is_worthless_after_a_day(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    link = reset_link(alice)
    later = timezone.now().replace(tzinfo=None) + timedelta(days=1, minutes=1)
    monkeypatch.setattr("allauth.account.forms.default_token_generator._now", lambda: later)

    use(link)

    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def test_a_link_of_somebody_else_does_not_fit(alice: User, bob: User) -> None:
    link = reset_link(alice)
    of_bob = re.search(r"/key/(\w+)-", reset_link(bob))
    assert of_bob

    use(re.sub(r"/key/\w+?-", f"/key/{of_bob[1]}-", link))

    bob.refresh_from_db()
    assert bob.check_password(PASSWORD)


def test_making_a_link_is_recorded_without_the_link(panel: Client, alice: User) -> None:
    panel.post(address(alice))

    record = AuditRecord.objects.get(action=AuditRecord.Action.ACCOUNT_CHANGED)
    assert (record.actor_name, record.subject_name) == ("staff", "alice")
    assert record.details == {"change": "reset link made"}


def test_only_superusers_make_links_for_staff(staff: User) -> None:
    helper = make_user("helper", is_staff=True)
    client = Client()
    client.force_login(helper)

    assert client.post(address(staff)).status_code == 403


def test_the_shell_prints_a_link(alice: User) -> None:
    said = StringIO()
    call_command("reset_link", "alice", stdout=said)

    use(said.getvalue().strip())

    alice.refresh_from_db()
    assert alice.check_password(ANOTHER)


def test_the_shell_says_who_is_not_there(db: None) -> None:
    with pytest.raises(CommandError, match="Nobody here is called mallory"):
        call_command("reset_link", "mallory")


def test_the_shell_makes_an_administrator_with_a_link_for_the_password(db: None) -> None:
    said = StringIO()
    call_command("create_administrator", "grace", stdout=said)
    use(said.getvalue().strip())

    client = Client()
    client.post("/accounts/login/", {"login": "grace", "password": ANOTHER})
    assert client.get("/admin/").status_code == 200


def test_the_shell_makes_somebody_who_is_there_an_administrator(db: None) -> None:
    make_user("alice", is_active=False, awaits_approval=True)

    call_command("create_administrator", "alice", stdout=StringIO())

    alice = User.objects.get()
    assert (alice.is_superuser, alice.is_staff, alice.is_active) == (True, True, True)
    assert not alice.awaits_approval
    assert alice.check_password(PASSWORD)
    assert AuditRecord.objects.get().action == AuditRecord.Action.ROLE_CHANGED


def test_the_shell_makes_no_administrator_with_an_impossible_name(db: None) -> None:
    with pytest.raises(CommandError, match="valid username"):
        call_command("create_administrator", "a b")
    assert not User.objects.exists()
