"""Whatever ends somebody's sessions closes their real sockets within two seconds."""

import asyncio
import re
import shutil
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.cluster.pages import Door, opened
from tests.e2e.product import PASSWORD, Product, Visitor
from webchat.sockets import SIGNED_OUT

SECONDS = 2
ANOTHER = "cranes-over-the-other-lake"
numbers = count()


@pytest.fixture(scope="module")
def product(prepared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    data = tmp_path_factory.mktemp("signing-out") / "data"
    shutil.copytree(prepared_data, data, symlinks=True)
    product = Product(data, {"SIGNUP": "open"}).start()
    yield product
    product.end()


@pytest.fixture(scope="module")
def admin(product: Product) -> Visitor:
    """The administrator."""
    visitor = Visitor(product.url)
    visitor.create_administrator(product.setup_link)
    return visitor


class Person:
    """Somebody new, signed in, with an account of their own."""

    def __init__(self, product: Product, admin: Visitor) -> None:
        self.name = f"person-{next(numbers)}"
        self.product, self.admin = product, admin
        self.browser = self.sign_in("signup/", username=self.name, password2=PASSWORD)
        found = admin.get(f"{product.url}/admin/webchat/user/?q={self.name}")
        row = re.search(r"/admin/webchat/user/(\d+)/change/", found)
        assert row
        self.pk = row[1]

    def sign_in(self, page: str = "login/", **fields: str) -> Visitor:
        """A browser of this person."""
        visitor = Visitor(self.product.url)
        passwords = {"password1": PASSWORD} if page == "signup/" else {"password": PASSWORD}
        names = {} if page == "signup/" else {"login": self.name}
        visitor.send(f"{self.product.url}/accounts/{page}", **names, **passwords, **fields)
        assert visitor.session
        return visitor

    @property
    def door(self) -> Door:
        address = f"ws://localhost:{self.product.port}/ws/"
        return Door(address, self.product.url, self.browser.session)

    def change(self, **fields: str) -> None:
        """The administrator sends the form of this person with these boxes ticked."""
        address = f"{self.product.url}/admin/webchat/user/{self.pk}/change/"
        self.admin.send(address, username=self.name, language="", **fields)

    def act(self, action: str) -> None:
        """The administrator does something from the list."""
        address = f"{self.product.url}/admin/webchat/user/"
        self.admin.send(address, action=action, _selected_action=self.pk)


@pytest.fixture
def person(product: Product, admin: Visitor) -> Person:
    return Person(product, admin)


def switched_off(person: Person) -> None:
    person.act("switch_off")


def signed_out_by_an_administrator(person: Person) -> None:
    person.act("sign_out")


def demoted(person: Person) -> None:
    person.change(is_active="on", is_staff="on")
    person.change(is_active="on")


def given_another_password(person: Person) -> None:
    address = f"{person.product.url}/admin/webchat/user/{person.pk}/password/"
    fields = {"password1": ANOTHER, "password2": ANOTHER, "usable_password": "true"}
    person.admin.send(address, **fields, **{"set-password": ""})


def signed_out(person: Person) -> None:
    person.browser.send(f"{person.product.url}/accounts/logout/")


def signed_out_elsewhere(person: Person) -> None:
    person.sign_in().send(f"{person.product.url}/accounts/sessions/", session="all")


def password_changed_elsewhere(person: Person) -> None:
    address = f"{person.product.url}/accounts/password/change/"
    fields = {"oldpassword": PASSWORD, "password1": ANOTHER, "password2": ANOTHER}
    person.sign_in().send(address, **fields)


def deleted(person: Person) -> None:
    person.sign_in().send(f"{person.product.url}/accounts/delete/", password=PASSWORD)


@pytest.mark.parametrize(
    "end",
    [
        switched_off,
        demoted,
        signed_out_by_an_administrator,
        given_another_password,
        signed_out,
        signed_out_elsewhere,
        password_changed_elsewhere,
        deleted,
    ],
)
async def test_an_open_socket_is_closed(person: Person, end: Callable[[Person], None]) -> None:
    async with opened(person.door) as page:
        await asyncio.to_thread(end, person)
        ended = time.monotonic()
        assert await page.close_code() == SIGNED_OUT
        assert time.monotonic() - ended <= SECONDS


async def test_what_is_done_to_others_leaves_a_socket_open(
    person: Person, product: Product, admin: Visitor
) -> None:
    other = await asyncio.to_thread(Person, product, admin)
    async with opened(person.door) as page, opened(other.door) as others:
        await asyncio.to_thread(other.act, "sign_out")
        assert await others.close_code() == SIGNED_OUT
        await page.send(type="ping")
        await page.event("pong")
