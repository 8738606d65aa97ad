"""Signing in through an identity provider: the real server, a real provider's answers, a browser."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import BrowserContext, expect

from tests.e2e.product import COOKIE, PASSWORD, Product, Visitor
from tests.emulators.openid import CLIENT_ID, SECRET, WRONG_CLAIMS, IdentityProvider

FAULTS = [
    *WRONG_CLAIMS,
    "signature",
    "unsigned",
    "no key",
    "no id token",
    "userinfo",
    "description",
]
ADMINS = "webchat-admins"


@pytest.fixture(scope="module")
def provider() -> Iterator[IdentityProvider]:
    with IdentityProvider() as server:
        yield server


@pytest.fixture(autouse=True)
def honest(provider: IdentityProvider) -> None:
    """Nothing is wrong with the provider, unless a test says so."""
    provider.faults.clear()
    provider.asked.clear()


def start(provider: IdentityProvider, prepared_data: Path, folder: Path, policy: str) -> Product:
    """A product that trusts the provider, with an administrator."""
    shutil.copytree(prepared_data, folder / "data", symlinks=True)
    (folder / "secret").write_text(SECRET)
    environment = {
        "SIGNUP": policy,
        "OIDC_ISSUER": provider.issuer,
        "OIDC_CLIENT_ID": CLIENT_ID,
        "OIDC_CLIENT_SECRET_FILE": str(folder / "secret"),
        "OIDC_NAME": "Our directory",
        "OIDC_ADMIN_GROUP": ADMINS,
    }
    product = Product(folder / "data", environment).start()
    product.session = product.create_administrator()
    return product


@pytest.fixture(scope="module")
def product(
    provider: IdentityProvider, prepared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Product]:
    product = start(provider, prepared_data, tmp_path_factory.mktemp("openid"), "open")
    yield product
    product.end()


class Person:
    """A browser without a screen, and who its owner is at the provider."""

    def __init__(self, product: Product, provider: IdentityProvider, sub: str, **claims: object):
        self.product, self.provider = product, provider
        self.claims = {"sub": sub, "preferred_username": f"user-{sub}"} | claims
        self.client = httpx.Client(base_url=product.url, trust_env=False, follow_redirects=True)

    def post(self, form: str, page: str, **fields: str) -> httpx.Response:
        """Send a form that stands on a page."""
        token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', self.client.get(page).text)
        assert token
        fields |= {"csrfmiddlewaretoken": token[1]}
        return self.client.post(form, data=fields, headers={"Origin": self.product.url})

    def begin(self, page: str = "/accounts/login/", **fields: str) -> str:
        """Press the button; the address at the provider."""
        leading = self.post("/accounts/oidc/", page, **fields)
        found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', leading.text)
        assert found, leading.text
        return found[1].replace("&amp;", "&")

    def come_back(self, address: str) -> httpx.Response:
        """Say yes at the provider, and return."""
        self.provider.claims = self.claims
        return self.client.get(address)

    def sign_in(self, **fields: str) -> httpx.Response:
        return self.come_back(self.begin(**fields))

    @property
    def is_in(self) -> bool:
        return self.client.get("/", follow_redirects=False).status_code == 200

    @property
    def is_administrator(self) -> bool:
        return self.client.get("/admin/", follow_redirects=False).status_code == 200


@pytest.fixture
def person(product: Product, provider: IdentityProvider) -> Iterator[Callable[..., Person]]:
    """Makes people the provider knows."""
    made: list[Person] = []

    def make(sub: str, **claims: object) -> Person:
        made.append(Person(product, provider, sub, **claims))
        return made[-1]

    yield make
    for each in made:
        each.client.close()


Make = Callable[..., Person]


@pytest.mark.browser
def test_a_browser_goes_there_and_back_under_the_policy(
    open_browser: Callable[..., BrowserContext], product: Product, provider: IdentityProvider
) -> None:
    provider.claims = {"sub": "browser", "preferred_username": "browser", "name": "Bea Browser"}
    page = open_browser().new_page()
    page.goto(f"{product.url}/accounts/login/?next=/accounts/")
    page.get_by_role("button", name="Sign in with Our directory").click()

    expect(page).to_have_url(f"{product.url}/accounts/")
    expect(page.get_by_label("Name")).to_have_value("Bea Browser")
    [asked] = [query for path, query in provider.asked if path == "/authorize"]
    assert {"state", "nonce", "code_challenge"} <= set(asked)
    assert asked["scope"].split().sort() == ["openid", "profile", "email"].sort()
    assert asked["redirect_uri"] == f"{product.url}/accounts/oidc/callback/"


def test_whoever_comes_again_is_the_same(person: Make) -> None:
    first, again = person("same"), person("same", preferred_username="renamed")
    first.sign_in()
    again.sign_in()

    assert first.is_in
    assert "user-same" in again.client.get("/accounts/").text


@pytest.mark.parametrize("fault", FAULTS)
def test_an_answer_that_cannot_be_believed_signs_nobody_in(
    person: Make, provider: IdentityProvider, product: Product, fault: str
) -> None:
    somebody = person(f"fault-{fault}".replace(" ", "-"))
    if fault == "description":
        address = somebody.begin()
        provider.faults.add(fault)
    else:
        provider.faults.add(fault)
        address = somebody.begin()

    page = somebody.come_back(address)

    assert page.status_code == 401
    assert "Signing in did not work" in page.text
    assert not somebody.is_in
    assert SECRET not in product.output
    assert "Traceback" not in product.output


def test_a_provider_that_is_away_or_somebody_else_is_said_before_one_leaves(
    person: Make, provider: IdentityProvider
) -> None:
    provider.faults.add("description")

    page = person("away").post("/accounts/oidc/", "/accounts/login/")

    assert page.status_code == 401
    assert "Signing in did not work" in page.text


def test_cancelling_there_leads_back(person: Make, provider: IdentityProvider) -> None:
    provider.faults.add("cancel")
    somebody = person("cancels")

    assert "You did not sign in" in somebody.sign_in().text
    assert not somebody.is_in


def test_a_state_of_another_browser_is_refused(person: Make) -> None:
    """Otherwise one could be signed in as somebody else without knowing it."""
    mallory, victim = person("mallory"), person("victim")
    address = mallory.begin()

    assert victim.come_back(address).status_code == 401
    assert not victim.is_in


def test_an_answer_works_once(person: Make, provider: IdentityProvider) -> None:
    somebody = person("once")
    page = somebody.sign_in()
    [back] = [str(one.url) for one in page.history if "/oidc/callback/" in one.url.path]
    somebody.client.cookies.delete(COOKIE)

    assert somebody.client.get(back).status_code == 401
    assert not somebody.is_in


def test_the_address_adds_nothing_to_what_is_asked(
    person: Make, provider: IdentityProvider
) -> None:
    somebody = person("curious")
    page = "/accounts/login/"
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', somebody.client.get(page).text)
    assert token
    answer = somebody.client.post(
        "/accounts/oidc/?scope=admin&auth_params=nonce%3Dx%26prompt%3Dnone",
        data={"csrfmiddlewaretoken": token[1]},
        headers={"Origin": somebody.product.url},
    )

    assert "admin" not in answer.text
    assert "prompt" not in answer.text


def test_the_same_address_is_no_proof_of_being_the_same_person(
    person: Make, product: Product
) -> None:
    local = Visitor(product.url)
    fields = {"password1": PASSWORD, "password2": PASSWORD}
    local.send(f"{product.url}/accounts/signup/", username="erin", **fields)
    admin = Visitor(product.url)
    admin.send(f"{product.url}/accounts/login/", login="ada", password=PASSWORD)
    found = re.search(
        r"/user/(\d+)/change/", admin.get(f"{product.url}/admin/webchat/user/?q=erin")
    )
    assert found
    admin.send(
        f"{product.url}/admin/webchat/user/{found[1]}/change/",
        username="erin", email="erin@example.org", language="", is_active="on",
    )  # fmt: skip

    for verified in (True, False):
        claims = {"email": "erin@example.org", "email_verified": verified}
        somebody = person(f"erin-{verified}", preferred_username="erin", **claims)
        somebody.sign_in()
        assert somebody.is_in
        assert "<b>erin</b>" not in somebody.client.get("/accounts/").text


def test_an_account_is_connected_by_whoever_is_signed_in_to_both(person: Make) -> None:
    somebody = person("frank")
    passwords = {"password1": PASSWORD, "password2": PASSWORD}
    somebody.post("/accounts/signup/", "/accounts/signup/", username="frank", **passwords)
    connections = "/accounts/oidc/connections/"

    page = somebody.sign_in(page=connections, process="connect", next=connections)
    if "reauthenticate" in str(page.url):
        page = somebody.post(str(page.url), str(page.url), password=PASSWORD)
    assert "Disconnect" in page.text

    again = person("frank")
    again.sign_in()
    assert "<b>frank</b>" in again.client.get("/accounts/").text


def test_the_group_makes_administrators_and_takes_it_back(person: Make) -> None:
    boss = person("boss", groups=["staff", ADMINS])
    boss.sign_in()
    assert boss.is_administrator

    later = person("boss", groups="staff")
    later.sign_in()
    assert later.is_in
    assert not later.is_administrator
    assert not boss.is_in, "the session with the role goes on"


def test_other_groups_make_nobody_an_administrator(person: Make) -> None:
    for number, groups in enumerate(([], [f"{ADMINS}-of-something-else"], None, {"x": 1})):
        somebody = person(f"other-{number}", groups=groups)
        somebody.sign_in()
        assert somebody.is_in
        assert not somebody.is_administrator


def test_whoever_has_no_password_here_can_still_leave(person: Make) -> None:
    somebody = person("leaver")
    somebody.sign_in()

    page = somebody.post("/accounts/delete/", "/accounts/delete/", username="user-leaver")

    assert "Your account is deleted" in page.text
    assert not somebody.is_in


@pytest.mark.parametrize(
    ("policy", "words"),
    [("approval", "Your account waits for approval"), ("closed", "Sign-up is closed")],
)
def test_the_policy_of_sign_up_holds_for_them_too(
    provider: IdentityProvider, prepared_data: Path, tmp_path: Path, policy: str, words: str
) -> None:
    product = start(provider, prepared_data, tmp_path, policy)
    newcomer = Person(product, provider, "newcomer")
    boss = Person(product, provider, "boss", groups=[ADMINS])
    try:
        assert words in newcomer.sign_in().text
        assert not newcomer.is_in
        boss.sign_in()
        assert boss.is_administrator == (policy == "approval"), "the group is an approval"
    finally:
        newcomer.client.close()
        boss.client.close()
        product.end()
