"""Whatever people and providers say, no line of the log repeats it, not even at DEBUG."""

import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests import prepared
from tests.cluster.pages import Door, Page
from tests.cluster.upstream import MODEL, Telling, Upstream
from tests.e2e.product import COOKIE, PASSWORD, Product, free_port
from tests.emulators.server import Exchange
from tests.pictures import PNG

MARKS = {
    "question": "wild-geese-question",
    "answer": "wild-geese-answer",
    "key": "sk-wild-geese-key",
    "header": "wild-geese-header",
    "title": "wild-geese-title",
    "file": "wild-geese-file",
    "search": "wild-geese-search",
    "token": "wild-geese-token-of-a-setup-link",
    "upstream": "wild-geese-upstream",
    "password": PASSWORD,
}
ENDPOINT = """
from webchat.models import Endpoint
one = Endpoint.objects.get(provider="OpenAICompatible")
one.headers = {"X-Secret": "%s"}
one.save()
print("endpoint", one.pk)
"""


class Talkative(Upstream):
    """Also repeats, where it refuses, what it was asked."""

    refusing = False

    async def handle(self, exchange: Exchange) -> None:
        if self.refusing and exchange.request.path == "/v1/chat/completions":
            body = {"error": {"message": f"{MARKS['upstream']} {exchange.request.body!r}"}}
            await exchange.respond(400, body=body)
            return
        await super().handle(exchange)


@pytest.fixture
async def upstream() -> AsyncIterator[Talkative]:
    server = Talkative()
    await server.start(port=free_port())
    yield server
    await server.stop()


@pytest.fixture
async def product(upstream: Talkative, tmp_path: Path) -> AsyncIterator[Product]:
    own = {
        "OPENAI_BASE_URL": upstream.base_url + "/v1",
        "OPENAI_API_KEY": MARKS["key"],
        "LOG_LEVEL": "DEBUG",
        "LOG_FORMAT": "json",
        "PYTHONASYNCIODEBUG": "1",
    }
    shutil.copytree(prepared.data_folder(), tmp_path / "data", symlinks=True)
    product = Product(tmp_path / "data", own).start()
    product.session = product.create_administrator()
    yield product
    product.end()


async def do_with_forms(product: Product, conversation: str) -> None:
    """A picture, a title, a search, a forged form: what goes by request and not by socket."""
    cookies = {COOKIE: product.session}
    async with httpx.AsyncClient(
        base_url=product.url, cookies=cookies, trust_env=False, timeout=20
    ) as client:
        page = await client.get("/")
        token = page.text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        client.headers.update({"Referer": f"{product.url}/", "X-CSRFToken": token})
        file = {"image": (f"{MARKS['file']}.png", PNG, "image/png")}
        assert (await client.post("/media/", files=file)).status_code == 201
        title = {"title": MARKS["title"]}
        renamed = await client.post(f"/c/{conversation}/rename/", data=title)
        assert renamed.status_code < 400
        for address in ("/", "/sidebar/", "/search/", "/nowhere/"):
            await client.get(address, params={"q": MARKS["search"], "query": MARKS["search"]})
        wrong = {"login": MARKS["question"], "password": PASSWORD + "x"}
        await client.post("/accounts/login/", data=wrong)
    async with httpx.AsyncClient(base_url=product.url, trust_env=False) as stranger:
        link = f"/setup/{MARKS['token']}/"
        refused = await stranger.post(link, params={"q": MARKS["search"]})
        assert refused.status_code == 403


async def tell(telling: Telling) -> None:
    await telling.say(f"{MARKS['answer']} and **more**")
    await telling.end()


async def test_no_line_has_a_word_of_it(product: Product, upstream: Talkative) -> None:
    said = product.manage("shell", "-v0", "-c", ENDPOINT % MARKS["header"])
    endpoint = int(said.split("endpoint ")[1])
    page = await Page.open(Door(f"ws://127.0.0.1:{product.port}/ws/", product.url, product.session))
    await page.send(type="nonsense", text=MARKS["question"])
    await page.event("command.refused")
    await page.send(
        type="message.send",
        client_id="00000000-0000-4000-8000-000000000000",
        text=MARKS["question"],
        endpoint=endpoint,
        model=MODEL,
    )
    created = await page.event("message.created")
    await tell(await upstream.asked())
    upstream.refusing = True
    failed = await page.say(MARKS["question"], endpoint, MODEL)
    assert await page.until_done(failed) == "failed"
    await page.close()
    await do_with_forms(product, created["conversation"])
    product.end()

    lines = product.output.splitlines()
    events = [json.loads(line) for line in lines if line.startswith("{")]
    assert [line for line in lines for mark in MARKS.values() if mark in line] == []
    # And yet it tells much: which request, of whom, for which answer.
    refusal = next(event for event in events if "request_rejected" in event["message"])
    assert refusal["run"] == failed.run
    assert refusal["user"] == 1
    assert refusal["request"]
    assert any(event.get("path") == "/media/" and event["user"] == 1 for event in events)
