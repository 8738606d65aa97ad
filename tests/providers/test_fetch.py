"""Pictures are fetched from the public internet and one allowed origin, never from inside."""

import asyncio
import base64

import httpcore
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.addresses import is_public
from providers.errors import (
    ProviderError,
    RequestRejected,
    Timeout,
    Unavailable,
    UnexpectedResponse,
)
from providers.fetch import fetch_image, resolve
from tests.emulators.picture import draw
from tests.emulators.proxies import Proxy
from tests.emulators.server import Exchange, Server

PNG = draw(16, 9)
PIECES = [
    *["http", "https", ":", "//", "/", "@", "\\", "#", "?", "127.0.0.1", "[::1]", "localhost"],
    *["public.example", "0x7f000001", ":80", ":443", "%2e", "\t", "。", ".", "１", "data:", "a"],
]
PUBLIC = "93.184.215.14"
NAMES = {
    "public.example": [PUBLIC],
    "inside.example": ["10.0.0.1"],
    "mixed.example": [PUBLIC, "127.0.0.1"],
    "two.example": ["198.41.0.4", PUBLIC],
    "none.example": [],
}


class Pictures(Server):
    """A site that serves a picture, redirects and bad things."""

    async def handle(self, exchange: Exchange) -> None:
        path, query = exchange.request.path, exchange.request.query
        if path == "/to":
            await exchange.respond(302, "", {"Location": query["url"]})
        elif path == "/loop":
            await exchange.respond(307, "", {"Location": "/loop"})
        elif path == "/huge":
            await exchange.respond(200, PNG, {"Content-Length": "99999999"})
        elif path == "/endless":
            await exchange.begin()
            while True:
                await exchange.send(bytes(65536))
        elif path == "/packed":
            await exchange.respond(200, PNG, {"Content-Encoding": "gzip"})
        elif path == "/silent":
            await exchange.until_client_leaves()
        elif path == "/missing":
            await exchange.respond(404, "no")
        else:
            await exchange.respond(200, PNG, {"Content-Type": "image/png"})


@pytest.fixture
async def site():
    async with Pictures() as running:
        yield running


@pytest.fixture
def wire(monkeypatch, request):
    """Stands in for the internet: where connections went; all of them end at the site."""
    went: list[tuple[str, int]] = []
    real = httpcore.AnyIOBackend

    class Wire(real):
        async def connect_tcp(self, host, port, *rest, **more):
            went.append((host, port))
            if host == "198.41.0.4":
                raise httpcore.ConnectError("down")
            target = request.getfixturevalue("site").port
            return await super().connect_tcp("127.0.0.1", target, *rest, **more)

    monkeypatch.setattr(httpcore, "AnyIOBackend", Wire)
    return went


async def names(host: str, port: int) -> list[str]:
    return NAMES[host] if host in NAMES else await resolve(host, port)


async def fetch(url, allowed_origin=None, **more):
    return await fetch_image(url, allowed_origin=allowed_origin, resolver=names, **more)


async def test_a_public_picture_is_fetched_from_the_checked_address(site, wire):
    assert await fetch("http://public.example/a?b=ü 1".replace(" ", "%20")) == PNG
    assert wire == [(PUBLIC, 80)]
    assert site.requests[0].target == "/a?b=%C3%BC%201"
    assert site.requests[0].headers["host"] == "public.example"
    assert "cookie" not in site.requests[0].headers


async def test_a_second_address_is_tried_when_the_first_is_down(site, wire):
    assert await fetch("http://two.example/") == PNG
    assert wire == [("198.41.0.4", 80), (PUBLIC, 80)]


async def test_the_allowed_origin_may_be_inside(site):
    for address in (
        site.base_url,
        f"{site.base_url}/v1/",
        site.base_url.upper().replace("P:", "p:"),
    ):
        assert await fetch(site.base_url + "/a.png", address.replace("HTTp", "http")) == PNG


async def test_only_exactly_the_allowed_origin_may_be_inside(site):
    other = Pictures()
    async with other:
        for url in (other.base_url, site.base_url.replace("127.0.0.1", "localhost")):
            with pytest.raises(RequestRejected):
                await fetch(url, site.base_url)
        with pytest.raises(RequestRejected):
            await fetch(f"{site.base_url}/to?url={other.base_url}", site.base_url)
        assert other.requests == []


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://0/",
        "http://0.0.0.0/",
        "http://[::]/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[2001:0:7f00:1::]/",
        "http://[fe80::1]/",
        "http://[fe80::1%25lo]/",
        "http://[fec0::1]/",
        "http://[fd00::1]/",
        "http://[ff02::1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "http://172.16.0.1/",
        "http://192.168.1.1/",
        "http://100.64.0.1/",
        "http://198.18.0.1/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "http://192.88.99.1/",
        "http://１２７.０.０.１/",
        "http://①②⑦.0.0.1/",
        "http://inside.example/",
        "http://mixed.example/",
        "http://none.example/",
        "http://public.example:8080/",
        "http://public.example:22/",
        "http://public.example:0/",
        "http://user@public.example/",
        "http://public.example@127.0.0.1/",
        "http://public.example\\@127.0.0.1/",
        "http://public.example#@127.0.0.1\t/",
        "http://127.0.0.1\n.public.example/",
        " http://public.example/",
        "http:public.example/",
        "http:///a",
        "//public.example/a",
        "ftp://public.example/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "javascript:alert(1)",
        "",
        "http://[::1",
        "http://public.example:99999/",
        "http://" + "a" * 70 + ".example/",
    ],
)
async def test_a_hostile_address_is_refused_and_nothing_is_connected(wire, url):
    with pytest.raises((RequestRejected, Unavailable)):
        await fetch(url)
    assert wire == []


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "http://inside.example/", "file:///etc/passwd", "http://[::1]:80/"]
)
async def test_a_redirect_to_the_inside_is_refused(site, wire, url):
    with pytest.raises(RequestRejected):
        await fetch(f"http://public.example/to?url={url}")
    assert wire == [(PUBLIC, 80)]


async def test_redirects_on_the_outside_are_followed_and_each_is_a_new_check(site, wire):
    assert await fetch("http://public.example/to?url=http://two.example/a") == PNG
    assert wire == [(PUBLIC, 80), ("198.41.0.4", 80), (PUBLIC, 80)]


async def test_a_name_that_changes_between_two_looks_is_connected_as_it_was_checked(site, wire):
    looks = iter([[PUBLIC], ["127.0.0.1"]])

    async def rebinding(host, port):
        return next(looks)

    url = "http://rebinding.example/to?url=/next"
    with pytest.raises(RequestRejected):
        await fetch_image(url, allowed_origin=None, resolver=rebinding)
    assert wire == [(PUBLIC, 80)]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/loop", UnexpectedResponse),
        ("/huge", UnexpectedResponse),
        ("/endless", UnexpectedResponse),
        ("/packed", UnexpectedResponse),
        ("/silent", Timeout),
        ("/missing", Unavailable),
        ("/to?url=http://[", ProviderError),
    ],
)
async def test_what_is_no_picture_is_an_error(site, path, kind):
    with pytest.raises(kind):
        await fetch(site.base_url + path, site.base_url, max_bytes=1_000_000, deadline=0.5)


async def test_a_name_nobody_knows_is_unavailable():
    async def unknown(host, port):
        raise OSError("unknown")

    with pytest.raises(Unavailable):
        await fetch_image("http://x.example/", allowed_origin=None, resolver=unknown)


@pytest.mark.parametrize("scheme", ["http", "socks5", "socks4"])
async def test_a_proxy_is_asked_for_the_checked_address(site, scheme):
    async with Proxy(scheme) as proxy:
        assert await fetch(site.base_url, site.base_url, proxy=proxy.url) == PNG
        with pytest.raises(RequestRejected):
            await fetch("http://inside.example/", proxy=proxy.url)
        with pytest.raises(RequestRejected):
            await fetch("http://mixed.example/", proxy=proxy.url)
        assert proxy.asked == [f"127.0.0.1:{site.port}"]


async def test_a_proxy_that_cannot_be_used_for_pictures_says_so(site):
    with pytest.raises(RequestRejected, match="proxy setting"):
        await fetch(site.base_url, site.base_url, proxy="http://host:port")
    with pytest.raises(ProviderError, match="proxy"):
        await fetch(site.base_url, site.base_url, proxy="https://127.0.0.1:1")


async def test_a_data_address_is_decoded_without_any_network(wire):
    encoded = base64.b64encode(PNG).decode()
    for url in (
        f"data:image/png;base64,{encoded}",
        f"DATA:image/png;charset=x;BASE64,{encoded.rstrip('=')}",
        f"data:image/png;base64,{encoded.replace('+', '%2B')}",
    ):
        assert await fetch(url) == PNG
    assert wire == []


@pytest.mark.parametrize(
    "url", ["data:image/png,abc", "data:text/html;base64,AAAA", "data:image/png;base64,!!", "data:"]
)
async def test_other_data_addresses_are_refused(url):
    with pytest.raises(UnexpectedResponse):
        await fetch(url)


async def test_a_data_address_has_the_same_limit():
    with pytest.raises(UnexpectedResponse, match="too large"):
        await fetch("data:image/png;base64," + "A" * 4000, max_bytes=1000)
    with pytest.raises(UnexpectedResponse, match="too large"):
        await fetch("data:image/png;base64," + "A" * 1400, max_bytes=1000)


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are_public(address):
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_as_public_alone_as_it_is_mapped(address):
    assert is_public(f"::ffff:{address}") == is_public(str(address))


@pytest.mark.parametrize("address", ["", "localhost", "1.2.3", "::ffff:127.0.0.1%lo", "999.1.1.1"])
def test_what_is_no_address_is_not_public(address):
    assert not is_public(address)


@given(
    st.lists(
        st.sampled_from(PIECES),
        max_size=9,
    )
)
@settings(max_examples=300, deadline=None)
def test_no_address_made_of_hostile_pieces_reaches_the_inside(pieces):
    went = []

    class Nowhere(httpcore.AnyIOBackend):
        async def connect_tcp(self, host, port, *rest, **more):
            went.append(host)
            raise httpcore.ConnectError("nowhere")

    async def local_names(host, port):
        if host in NAMES:
            return NAMES[host]
        try:
            found = await resolve(host, port)
        except OSError:
            return []
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpcore, "AnyIOBackend", Nowhere)
        with pytest.raises(ProviderError):
            asyncio.run(
                fetch_image("".join(pieces), allowed_origin=None, resolver=local_names, deadline=5)
            )
    assert all(is_public(host) for host in went)
