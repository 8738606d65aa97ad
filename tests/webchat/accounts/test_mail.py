"""With mail: addresses are confirmed and passwords reset; without it nothing offers that."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core.mail import EmailMessage
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django import Settings

from tests.factories import PASSWORD, make_user
from webchat.accounts.approval import waiting
from webchat.models import User

pytestmark = pytest.mark.django_db

SIGN_UP, SIGN_IN, WAITING = "/accounts/signup/", "/accounts/login/", "/accounts/waiting/"
SENT = "/accounts/email/confirm/"
FIELDS = {
    "username": "carol",
    "email": "Carol@Example.org",
    "password1": PASSWORD,
    "password2": PASSWORD,
}
ANOTHER = "cranes-over-the-other-lake"

Mails = list[EmailMessage]


@pytest.fixture(autouse=True)
def administrator(staff: User) -> User:
    return staff


@pytest.fixture
def open_site(settings: Settings) -> None:
    settings.SIGNUP = "open"


def link_in(mail: EmailMessage) -> str:
    """The path of the first link of a mail."""
    found = re.search(r"http://[^/\s]+(/accounts/\S+)", str(mail.body))
    assert found, mail.body
    return found[1]


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def sign_in(client: Client, password: str = PASSWORD, name: str = "carol") -> str:
    response = client.post(SIGN_IN, {"login": name, "password": password})
    return str(response.headers.get("Location", ""))


def with_address(user: User, email: str) -> User:
    """The person has this address, and has confirmed it."""
    user.email = email
    user.save(update_fields=["email"])
    EmailAddress.objects.create(user=user, email=email, primary=True, verified=True)
    return user


# --- without ---


@pytest.mark.parametrize(
    "page",
    [
        "account_email",
        "account_email_verification_sent",
        "account_reset_password",
        "account_reset_password_done",
    ],
)
def test_without_mail_its_pages_do_not_exist(client: Client, alice: User, page: str) -> None:
    client.force_login(alice)

    assert client.get(reverse(page)).status_code == 404


def test_without_mail_nobody_is_asked_for_an_address(client: Client) -> None:
    assert b'type="email"' not in client.get(SIGN_UP).content
    assert b"Choose a new one" not in client.get(SIGN_IN).content


# --- signing up ---


@pytest.mark.usefixtures("open_site")
def test_who_signs_up_confirms_the_address_before_signing_in(
    client: Client, with_mail: Mails
) -> None:
    assert client.post(SIGN_UP, FIELDS)["Location"] == SENT
    assert sign_in(client) == SENT
    assert not is_signed_in(client)

    page = link_in(with_mail[0])
    assert b"carol@example.org" in client.get(page).content
    assert not EmailAddress.objects.get().verified, "opening the link alone confirms nothing"
    client.post(page)

    assert EmailAddress.objects.get().verified
    assert sign_in(client) == "/"
    assert is_signed_in(client)


def test_who_waits_confirms_the_address_first_and_counts_only_then(
    client: Client, with_mail: Mails
) -> None:
    assert client.post(SIGN_UP, FIELDS)["Location"] == SENT
    assert waiting().count() == 0

    client.post(link_in(with_mail[0]))

    assert waiting().count() == 1
    assert sign_in(client) == WAITING
    assert not is_signed_in(client)


def test_who_is_approved_or_turned_away_hears_of_it(
    client: Client, with_mail: Mails, staff: User
) -> None:
    for name in ("carol", "dave"):
        fields = FIELDS | {"username": name, "email": f"{name}@example.org"}
        link = (client.post(SIGN_UP, fields), link_in(with_mail[-1]))[1]
        client.post(link)
    client.force_login(staff)
    with_mail.clear()

    for action, name in (("approve", "carol"), ("turn_away", "dave")):
        pk = User.objects.get(username=name).pk
        client.post("/admin/webchat/user/", {"action": action, "_selected_action": [pk]})

    assert [(mail.to, mail.subject) for mail in with_mail] == [
        (["carol@example.org"], "[Webchat] You can come in"),
        (["dave@example.org"], "[Webchat] Your account was not approved"),
    ]


def test_an_address_that_is_taken_reads_the_same_as_a_free_one(
    client: Client, with_mail: Mails
) -> None:
    with_address(make_user("dora"), "carol@example.org")

    free = client.post(SIGN_UP, FIELDS | {"email": "free@example.org"}, follow=True)
    taken = client.post(SIGN_UP, FIELDS | {"username": "erin"}, follow=True)

    def text(page: bytes) -> str:
        return re.sub(r'value="[^"]*"', "", page.decode())

    assert text(free.content) == text(taken.content)
    assert free.redirect_chain == taken.redirect_chain
    assert not User.objects.filter(username="erin").exists()
    assert "You have an account already" in with_mail[-1].subject


def test_administrators_without_an_address_are_not_locked_out(
    client: Client, with_mail: Mails, staff: User
) -> None:
    assert sign_in(client, name="staff") == "/"
    assert with_mail == []


@pytest.mark.usefixtures("open_site")
def test_mail_that_cannot_be_sent_is_said_and_breaks_nothing(
    client: Client, with_mail: Mails, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object) -> int:
        raise ConnectionRefusedError(111, "carol@example.org: no")

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)

    page = client.post(SIGN_UP, FIELDS, follow=True)

    assert b"A mail could not be sent" in page.content
    assert User.objects.filter(username="carol").exists()


# --- a lost password ---


def reset_link(client: Client, mails: Mails, email: str = "carol@example.org") -> str:
    answer = client.post("/accounts/password/reset/", {"email": email})
    assert answer["Location"] == "/accounts/password/reset/done/"
    return link_in(mails[-1])


@pytest.fixture
def carol(db: None) -> User:
    return with_address(make_user("carol"), "carol@example.org")


@pytest.mark.usefixtures("carol")
def test_a_lost_password_is_replaced_by_a_link_that_works_once(
    client: Client, with_mail: Mails
) -> None:
    link = reset_link(client, with_mail, "CAROL@example.org")
    form = client.get(link)["Location"]
    client.post(form, {"password1": ANOTHER, "password2": ANOTHER})

    assert sign_in(Client(), PASSWORD) == ""
    assert sign_in(Client(), ANOTHER) == "/"
    assert b"This link does not work" in Client().get(link).content


@pytest.mark.usefixtures("carol")
def test_the_link_carries_its_secret_only_once_in_an_address(
    client: Client, with_mail: Mails
) -> None:
    link = reset_link(client, with_mail)

    assert client.get(link)["Location"].endswith("-set-password/")


@pytest.mark.usefixtures("carol")
def test_a_reset_does_not_tell_who_has_an_account(client: Client, with_mail: Mails) -> None:
    pages = [
        client.post("/accounts/password/reset/", {"email": email}, follow=True)
        for email in ("carol@example.org", "nobody@example.org")
    ]

    assert pages[0].content == pages[1].content
    assert [mail.to for mail in with_mail] == [["carol@example.org"], ["nobody@example.org"]]
    assert "no account here" in str(with_mail[1].body)


def test_who_was_switched_off_gets_no_link(client: Client, with_mail: Mails, carol: User) -> None:
    User.objects.update(is_active=False)

    client.post("/accounts/password/reset/", {"email": "carol@example.org"})

    assert "/key/" not in str(with_mail[0].body)


@pytest.mark.usefixtures("carol")
def test_nobody_is_flooded_with_links(client: Client, with_mail: Mails) -> None:
    statuses = [
        client.post("/accounts/password/reset/", {"email": "carol@example.org"}).status_code
        for _ in range(4)
    ]

    assert statuses == [302, 302, 302, 429]
    assert len(with_mail) == 3


# --- changing the address ---


@pytest.fixture
def carols(carol: User) -> Client:
    """Carol's browser, where she has just signed in."""
    client = Client()
    sign_in(client)
    return client


def confirm(client: Client) -> None:
    """The password once more, where that is asked for."""
    client.post("/accounts/reauthenticate/?next=/accounts/email/", {"password": PASSWORD})


def test_a_new_address_counts_when_it_is_confirmed(
    carols: Client, carol: User, with_mail: Mails
) -> None:
    confirm(carols)
    carols.post("/accounts/email/", {"action_add": "", "email": "new@example.org"})
    carol.refresh_from_db()
    assert carol.email == "carol@example.org"

    carols.post(link_in(with_mail[-1]))

    carol.refresh_from_db()
    assert carol.email == "new@example.org"
    assert [address.email for address in EmailAddress.objects.all()] == ["new@example.org"]
    assert ["carol@example.org"] in [mail.to for mail in with_mail], "the old address hears of it"


def test_changing_the_address_takes_the_password(carols: Client, with_mail: Mails) -> None:
    session = carols.session
    del session["account_authentication_methods"]
    session.save()

    answer = carols.post("/accounts/email/", {"action_add": "", "email": "new@example.org"})

    assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert EmailAddress.objects.count() == 1


def test_an_unconfirmed_new_address_locks_nobody_out(carols: Client, with_mail: Mails) -> None:
    confirm(carols)
    carols.post("/accounts/email/", {"action_add": "", "email": "typo@example.orgg"})

    assert sign_in(Client()) == "/"


def test_mail_is_written_in_the_language_of_who_reads_it(
    client: Client, with_mail: Mails, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoken: list[str | None] = []
    monkeypatch.setattr(
        EmailBackend, "send_messages", lambda *args: spoken.append(translation.get_language())
    )
    carol = with_address(
        make_user("carol", language="ru", is_active=False, awaits_approval=True), "c@example.org"
    )
    client.force_login(staff)

    client.post(
        "/admin/webchat/user/",
        {"action": "approve", "_selected_action": [carol.pk]},
        headers={"accept-language": "en"},
    )

    assert spoken == ["ru"]
