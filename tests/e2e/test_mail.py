"""The real server and a real mail server, with TLS and a password."""

import re
import shutil
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.proxy import make_certificate
from tests.e2e.product import PASSWORD, Product, Visitor
from tests.emulators.mail import MailServer


@pytest.fixture
def post(tmp_path: Path) -> Iterator[MailServer]:
    certificate, key = tmp_path / "mail.pem", tmp_path / "mail-key.pem"
    make_certificate(certificate, key)
    with MailServer(certificate, key) as server:
        yield server


@pytest.fixture
def product(post: MailServer, prepared_data: Path, tmp_path: Path) -> Iterator[Product]:
    data = tmp_path / "data"
    shutil.copytree(prepared_data, data, symlinks=True)
    user, password = (urllib.parse.quote(text, safe="") for text in (post.user, post.password))
    (tmp_path / "address").write_text(f"smtp+tls://{user}:{password}@localhost:{post.port}\n")
    product = Product(
        data,
        {
            "EMAIL_URL_FILE": str(tmp_path / "address"),
            "SSL_CERT_FILE": str(tmp_path / "mail.pem"),
            "SITE_NAME": "Our chat",
        },
    ).start()
    product.create_administrator()
    yield product
    product.end()


def test_an_address_is_confirmed_through_the_mail_server(
    product: Product, post: MailServer
) -> None:
    carol = Visitor(product.url)
    carol.send(
        f"{product.url}/accounts/signup/",
        username="carol",
        email="carol@example.org",
        password1=PASSWORD,
        password2=PASSWORD,
    )
    mail = post.next_mail()
    text = mail.get_content()

    assert (mail["To"], mail["From"]) == ("carol@example.org", post.user)
    assert mail["Subject"] == "[Our chat] Confirm your address"
    link = re.search(rf"{product.url}/accounts/email/confirm/\S+", text)
    assert link, text
    assert "Sign in" in carol.send(link[0])
    assert post.password not in product.output
