"""Where somebody is signed in, when they were seen, and how that ends."""

from collections.abc import Iterator

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import AsyncClient, Client
from pytest_django import DjangoAssertNumQueries

from tests.factories import PASSWORD
from webchat.accounts import activity
from webchat.accounts.devices import device
from webchat.accounts.sessions import end_sessions
from webchat.accounts.signed_in import signed_in
from webchat.models import AuditRecord, User

pytestmark = pytest.mark.django_db

PAGE = "/accounts/sessions/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
EDGE = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1"


@pytest.fixture(autouse=True)
def forgetful(staff: User) -> Iterator[None]:
    activity.forget()
    yield
    activity.forget()


def browser(name: str = "alice", agent: str = FIREFOX) -> Client:
    """Somebody's browser, signed in."""
    client = Client(headers={"user-agent": agent})
    client.post("/accounts/login/", {"login": name, "password": PASSWORD})
    assert is_in(client)
    return client


def is_in(client: Client) -> bool:
    return client.get("/").status_code == 200


def row_of(client: Client) -> UserSession:
    return UserSession.objects.get(session_key=client.session.session_key)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, ("Firefox", "Linux")),
        (EDGE, ("Edge", "Windows")),
        (IPHONE, ("Safari", "iPhone")),
        ("curl/8.0", ("", "")),
        ("", ("", "")),
    ],
)
def test_a_device_is_told_in_words(agent: str, words: tuple[str, str]) -> None:
    assert device(agent) == words


def test_the_list_shows_ones_own_devices_and_which_is_this(alice: User, bob: User) -> None:
    here, _there, bobs = browser(), browser(agent=EDGE), browser("bob", IPHONE)

    page = here.get(PAGE).content.decode()

    assert "Firefox on Linux" in page
    assert "Edge on Windows" in page
    assert "iPhone" not in page
    assert page.count("This device") == 1
    assert "iPhone" in bobs.get(PAGE).content.decode()


def test_one_other_device_is_signed_out(alice: User) -> None:
    here, there, third = browser(), browser(agent=EDGE), browser(agent=IPHONE)

    here.post(PAGE, {"session": row_of(there).pk})

    assert (is_in(here), is_in(there), is_in(third)) == (True, False, True)
    record = AuditRecord.objects.get(action=AuditRecord.Action.SESSIONS_ENDED)
    assert record.details == {"reason": "one device"}


def test_all_other_devices_are_signed_out_at_once(alice: User, bob: User) -> None:
    here, there, bobs = browser(), browser(agent=EDGE), browser("bob")
    unknown = Client()
    unknown.force_login(alice)  # a session that nobody wrote down

    here.post(PAGE, {"session": "all"})

    assert (is_in(here), is_in(there), is_in(unknown), is_in(bobs)) == (True, False, False, True)
    assert UserSession.objects.filter(user=alice).count() == 1
    assert is_in(browser())


def test_nobody_ends_the_session_of_somebody_else(alice: User, bob: User) -> None:
    here, bobs = browser(), browser("bob")

    for which in (str(row_of(bobs).pk), "9" * 30, "-1", "x", ""):
        assert here.post(PAGE, {"session": which}).status_code == 302

    assert is_in(bobs)
    assert is_in(here)


def test_a_session_that_begins_while_all_are_ended_is_worthless_too(alice: User) -> None:
    late = Client()
    late.force_login(User.objects.get(pk=alice.pk))  # with the row as it was before

    end_sessions(alice, reason="test")

    assert not signed_in([str(late.session.session_key)])


def test_sessions_of_before_are_good_until_they_are_ended(alice: User) -> None:
    """Whoever was signed in before there was a seed stays signed in."""
    assert alice.session_seed == ""
    client = browser()
    alice.refresh_from_db()
    assert alice.session_seed == ""
    assert is_in(client)


def test_changing_the_password_signs_the_other_devices_out(alice: User) -> None:
    here, there = browser(), browser(agent=EDGE)
    new = "cranes-over-the-other-lake"

    here.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
    )

    assert (is_in(here), is_in(there)) == (True, False)
    assert here.get(PAGE).content.decode().count("row-item") == 1


def test_signing_out_takes_the_session_off_the_list(alice: User) -> None:
    here, there = browser(), browser(agent=EDGE)

    there.post("/accounts/logout/")

    assert "Edge" not in here.get(PAGE).content.decode()


# --- being seen ---


def test_being_seen_is_noted_once_in_a_while(
    alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = browser()
    alice.refresh_from_db()
    first = alice.active_at
    assert first is not None

    with django_assert_num_queries(2):  # the session and the person
        client.post("/preferences/", {"theme": "dark"}, headers={"accept": "application/json"})
    alice.refresh_from_db()
    assert alice.active_at == first

    activity.forget()
    client.get("/")
    alice.refresh_from_db()
    assert alice.active_at is not None
    assert alice.active_at > first


@pytest.mark.django_db(transaction=True)
async def test_being_seen_is_noted_under_asgi_too(alice: User) -> None:
    client = AsyncClient()
    await client.aforce_login(alice)

    await client.get("/")

    await alice.arefresh_from_db()
    assert alice.active_at is not None
    assert await UserSession.objects.filter(user=alice).acount() == 1


def test_a_device_whose_address_nobody_knows_may_still_open_pages(alice: User) -> None:
    client = browser()
    activity.forget()

    assert client.get("/", REMOTE_ADDR="").status_code == 200  # type: ignore[arg-type]


def test_open_sockets_count_as_being_there(alice: User) -> None:
    client = browser()
    User.objects.update(active_at=None)
    before = row_of(client).last_seen_at
    activity.forget()
    key = str(client.session.session_key)

    for expected in (1, 0):
        due = activity.due(signed_in([key]))
        assert len(due) == expected
        activity.note_sockets(due)

    alice.refresh_from_db()
    assert alice.active_at is not None
    assert row_of(client).last_seen_at > before


def test_the_account_page_counts_only_sessions_that_are_good(alice: User) -> None:
    here, there = browser(), browser(agent=EDGE)
    assert "on 2 devices" in here.get("/accounts/").content.decode()

    Session.objects.filter(session_key=there.session.session_key).delete()

    assert "on 1 device" in here.get("/accounts/").content.decode()
