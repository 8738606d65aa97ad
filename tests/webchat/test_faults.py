"""Whatever goes wrong: a sentence for the person, a detail for the log, and nobody else notices."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import uuid4

import pytest
from django.test import AsyncClient

from providers.response import ImageResponse
from tests.emulators.catalog import EMULATORS
from tests.emulators.server import Exchange, Server
from tests.factories import make_endpoint
from tests.fakes import FakeProvider
from tests.pictures import PNG, picture
from tests.webchat.socket_page import PATIENCE, Page, opened
from webchat.db import db
from webchat.generation import images
from webchat.models import Endpoint, Message, User

pytestmark = pytest.mark.usefixtures("process", "transactional_db")

QUESTION = "do the wild geese fly tonight"
KEY = "sk-over-the-lake"

TOO_MUCH = "sent far more than an answer can be"
TOO_LARGE = "sent a piece that is too large to be part of an answer"
CUT = "broke the connection off"
ROBOTS = "refuses automatic clients at the moment"
SILENT = "did not answer in time"
UNREADABLE = "cannot be read"
FAULTS = [
    ("PerplexityLabs", "cloudflare", ROBOTS),
    ("PerplexityLabs", "stall", SILENT),
    ("PerplexityLabs", "stall-middle", SILENT),
    ("PerplexityLabs", "cut", CUT),
    ("PerplexityLabs", "nonsense", UNREADABLE),
    ("PerplexityLabs", "huge", TOO_LARGE),
    ("Pizzagpt", "403", "does not allow this"),
    ("Pizzagpt", "stall", SILENT),
    ("Pizzagpt", "hangup", CUT),
    ("Pizzagpt", "html", UNREADABLE),
    ("Pizzagpt", "huge", TOO_MUCH),
    ("Pizzagpt", "endless", TOO_MUCH),
    ("Websim", "500", "cannot be reached at the moment"),
    ("Websim", "stall", SILENT),
    ("Websim", "half", CUT),
    ("Websim", "list", UNREADABLE),
    ("Websim", "huge", TOO_MUCH),
    ("Websim", "endless", TOO_MUCH),
    ("Koala", "cloudflare", ROBOTS),
    ("Koala", "stall-middle", SILENT),
    ("Koala", "cut", CUT),
    ("Koala", "object", UNREADABLE),
    ("Koala", "huge", TOO_LARGE),
    ("Vitalentum", "429", "too many requests"),
    ("Vitalentum", "stall", SILENT),
    ("Vitalentum", "cut", CUT),
    ("Vitalentum", "not-json", UNREADABLE),
    ("Vitalentum", "huge", TOO_LARGE),
    ("OpenAICompatible", "401", "refused the key"),
    ("OpenAICompatible", "stall-middle", SILENT),
    ("OpenAICompatible", "reset", CUT),
    ("OpenAICompatible", "garbage", UNREADABLE),
    ("OpenAICompatible", "huge", TOO_LARGE),
]


@asynccontextmanager
async def upstream(name: str, fault: str) -> AsyncIterator[Endpoint]:
    """An endpoint with a key, whose emulator is broken like this."""
    async with EMULATORS[name].emulator(fault, pace=0) as emulator:
        yield await db(make_endpoint, name, name, base_url=emulator.base_url, api_key=KEY)


@asynccontextmanager
async def undisturbed(person: User) -> AsyncIterator[None]:
    """All the while, another socket is answered."""
    over = asyncio.Event()
    async with opened(person) as page:
        pinging = asyncio.create_task(_ping(page, over))
        try:
            yield
        finally:
            over.set()
            answered = await pinging
    assert answered > 0


async def _ping(page: Page, over: asyncio.Event) -> int:
    answered = 0
    while not over.is_set():
        await page.send(type="ping")
        await page.event("pong")
        answered += 1
        with suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), 0.02)
    return answered


async def ask(page: Page, endpoint: Endpoint, text: str = QUESTION, model: str = "") -> None:
    await page.send(
        type="message.send", client_id=uuid4(), text=text, endpoint=endpoint.pk, model=model
    )


async def answer(page: Page, endpoint: Endpoint) -> tuple[Message, str]:
    """The answer to QUESTION, as stored, and the footer that the page shows below it."""
    await ask(page, endpoint, model="emulator" if endpoint.provider == "OpenAICompatible" else "")
    created = await page.event("message.created")
    await page.follow(created["run"])
    while True:
        event = json.loads(await page.socket.receive_from(PATIENCE))
        if event["type"] in ("message.reset", "message.delta"):
            await page.send(type="run.acknowledge", run=event["run"], seq=event["seq"])
        elif event["type"] == "message.done":
            return await db(Message.objects.get, pk=created["message"]), event["html"]


@pytest.mark.parametrize(("name", "fault", "sentence"), FAULTS)
async def test_a_broken_upstream_is_a_sentence_for_the_person_and_a_detail_for_the_log(
    alice: User,
    bob: User,
    settings: Any,
    caplog: pytest.LogCaptureFixture,
    name: str,
    fault: str,
    sentence: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    settings.RUN_IDLE = 1 if "stall" in fault else 60
    async with upstream(name, fault) as endpoint, opened(alice) as page, undisturbed(bob):
        failed, footer = await answer(page, endpoint)

    assert failed.status == "failed"
    assert sentence in failed.error["message"]
    assert sentence in footer
    assert "Ask another provider" in footer
    assert ("Try again" in footer) == failed.error["can_retry"]
    assert f"{failed.error['code']}: " in caplog.text
    for secret in (QUESTION, KEY, "You asked", "half of"):
        assert secret not in caplog.text


@pytest.mark.parametrize("name", ["PerplexityLabs", "Koala", "Vitalentum", "OpenAICompatible"])
async def test_an_answer_without_end_is_ended_and_kept(alice: User, bob: User, name: str) -> None:
    async with upstream(name, "endless") as endpoint, opened(alice) as page, undisturbed(bob):
        cut, footer = await answer(page, endpoint)

    assert (cut.status, cut.finish_reason) == ("complete", "length")
    assert len(cut.reasoning) + len(cut.text) == 200_000
    assert "became too long" in footer


async def test_an_address_where_nobody_listens(alice: User, unused_tcp_port: int) -> None:
    address = f"http://127.0.0.1:{unused_tcp_port}"
    endpoint = await db(make_endpoint, "Koala", "Koala", base_url=address)
    async with opened(alice) as page:
        _, footer = await answer(page, endpoint)
    assert "cannot be reached at the moment" in footer
    assert "Try again" in footer


@pytest.mark.parametrize(
    ("text", "model", "code"),
    [
        ("", "fake-1", "empty"),
        (" \n\t ", "fake-1", "empty"),
        ("x" * 1_000_000, "fake-1", "too_long"),
        ("\N{GRINNING FACE}" * 250_000, "fake-1", "too_long"),
        ("Hello", "gpt-99", "not_offered"),
    ],
)
async def test_what_cannot_be_sent_is_refused_on_the_socket_and_in_a_form(
    alice: User,
    bob: User,
    endpoint: Endpoint,
    async_client: AsyncClient,
    text: str,
    model: str,
    code: str,
) -> None:
    await db(async_client.force_login, alice)
    fields = {"text": text, "choice": f"{endpoint.pk}:{model}"}
    async with opened(alice) as page, undisturbed(bob):
        await ask(page, endpoint, text, model)
        refused = await page.event("command.refused")
        shown = await async_client.post("/send/", fields)
        told = await async_client.post("/send/", fields, headers={"accept": "application/json"})

    assert refused["code"] == code
    assert shown.status_code == told.status_code == (413 if code == "too_long" else 400)
    assert json.loads(told.content) == {
        "code": code,
        "message": refused["message"],
        "retry_after": None,
    }
    assert refused["message"] in shown.content.decode()
    assert text in shown.content.decode()
    assert await db(Message.objects.count) == 0


class Site(Server):
    """Gives everything but a good picture, except at /good."""

    elsewhere = ""

    async def handle(self, exchange: Exchange) -> None:
        path = exchange.request.path
        if path == "/good":
            await exchange.respond(200, PNG, {"Content-Type": "image/png"})
        elif path == "/page":
            page = "<html><script>alert(1)</script></html>"
            await exchange.respond(200, page, {"Content-Type": "image/png"})
        elif path == "/drawing":
            drawing = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
            await exchange.respond(200, drawing, {"Content-Type": "image/svg+xml"})
        elif path == "/huge":
            await exchange.respond(200, PNG, {"Content-Length": "99999999"})
        elif path == "/endless":
            await exchange.begin(headers={"Content-Type": "image/png"})
            while True:
                await exchange.send(bytes(1024 * 1024))
        elif path == "/redirect":
            await exchange.respond(302, "", {"Location": f"{self.elsewhere}/good"})
        elif path == "/slow":
            await exchange.begin(headers={"Content-Type": "image/png"})
            await exchange.send(PNG[:8])
            await exchange.until_client_leaves()
        else:
            await exchange.respond(404, "no")


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with Site() as running:
        yield running


@pytest.fixture
async def inside() -> AsyncIterator[Site]:
    """A server that no answer may lead to."""
    async with Site() as running:
        yield running
        assert running.requests == []


@pytest.fixture
async def painter(site: Site, fake: type[FakeProvider]) -> Endpoint:
    """An endpoint whose own pictures come from `site`."""
    return await db(make_endpoint, "Painter", "FakeProvider", base_url=site.base_url)


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/page", "sent a picture that cannot be read"),
        ("/drawing", "sent a picture that cannot be read"),
        ("/huge", "The picture is too large."),
        ("/endless", "The picture is too large."),
        ("/redirect", "leads where this server may not go"),
        ("/slow", SILENT),
        ("/missing", "The picture cannot be reached."),
    ],
)
async def test_a_bad_picture_is_a_sentence_and_takes_nothing_with_it(
    alice: User,
    bob: User,
    settings: Any,
    fake: type[FakeProvider],
    site: Site,
    inside: Site,
    painter: Endpoint,
    path: str,
    sentence: str,
) -> None:
    settings.RUN_IDLE = 1 if path == "/slow" else 60
    site.elsewhere = inside.base_url
    good, bad = f"{site.base_url}/good", f"{site.base_url}{path}"
    fake.says("Here they are:", ImageResponse((good, bad), "geese"), " and more")
    async with opened(alice) as page, undisturbed(bob):
        failed, footer = await answer(page, painter)

    assert failed.status == "failed"
    assert sentence in footer
    assert failed.text == "Here they are:"
    assert [media.alt for media in await db(lambda: list(failed.media.all()))] == ["geese"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433"])
async def test_a_picture_inside_the_servers_own_network_is_not_fetched(
    alice: User,
    fake: type[FakeProvider],
    inside: Site,
    painter: Endpoint,
    caplog: pytest.LogCaptureFixture,
    host: str,
) -> None:
    fake.says(ImageResponse((f"http://{host}:{inside.port}/good?token=hush",), "secret plans"))
    async with opened(alice) as page:
        failed, footer = await answer(page, painter)

    assert "leads where this server may not go" in footer
    assert failed.error["can_retry"] is False
    assert await db(failed.media.count) == 0
    assert "hush" not in caplog.text


@pytest.mark.parametrize(
    "data", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", PNG[:20], b"", b"GIF89a"]
)
async def test_bytes_that_are_no_picture_are_not_kept(
    alice: User, fake: type[FakeProvider], endpoint: Endpoint, data: bytes
) -> None:
    fake.says("See:", ImageResponse((data,), "nothing"))
    async with opened(alice) as page:
        failed, footer = await answer(page, endpoint)
    assert "sent a picture that cannot be read" in footer
    assert await db(failed.media.count) == 0


async def test_a_picture_of_too_many_pixels_is_not_opened(
    alice: User, fake: type[FakeProvider], endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "MAX_PIXELS", 99)
    fake.says(ImageResponse((picture(size=(10, 10)),), "a large thing"))
    async with opened(alice) as page:
        failed, footer = await answer(page, endpoint)
    assert "sent a picture that cannot be read" in footer
    assert await db(failed.media.count) == 0


async def test_a_generated_picture_is_served_to_its_owner_only(
    alice: User,
    bob: User,
    fake: type[FakeProvider],
    endpoint: Endpoint,
) -> None:
    fake.says(ImageResponse((PNG,), "geese"))
    async with opened(alice) as page:
        message, _ = await answer(page, endpoint)
    media = await db(message.media.get)

    answers = {}
    for person in (alice, bob, None):
        client = AsyncClient()
        if person:
            await db(client.force_login, person)
        answers[person] = await client.get(f"/media/{media.pk}/")
    assert answers[alice].status_code == 200
    pieces = answers[alice].streaming_content  # type: ignore[attr-defined]
    assert b"".join([piece async for piece in pieces]) == PNG
    assert answers[bob].status_code == 404
    assert answers[None].status_code == 302
    assert answers[None]["Location"].startswith("/accounts/login/")
