"""What an installation shows to its people and its operator: `python -m tests.upgrade.seen`.

It prints JSON of the form of fixtures/expected.json. Only this file
and rows.py know names of the program. When a release renames a model, a column, a permission or an address,
change the lines here, and give the names that expected.json has.
"""

import asyncio
import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

django.setup()

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value  # noqa: E402
from django.conf import settings  # noqa: E402
from django.test import Client  # noqa: E402

from tests.upgrade import page, rows  # noqa: E402
from tests.upgrade.people import APP_SECRET, CODES, HEIR, PASSWORD, PEOPLE, known  # noqa: E402
from webchat.generation.reaper import LOOKS, Reaper  # noqa: E402
from webchat.search.indexing import index_some  # noqa: E402

SIGN_IN, ONE_MORE = "/accounts/login/", "/accounts/second-factor/authenticate/"
DOORS = {
    "conversations": "/admin/webchat/conversation/",
    "endpoints": "/admin/webchat/endpoint/",
    "add an endpoint": "/admin/webchat/endpoint/add/",
    "people": "/admin/webchat/user/",
    "groups": "/admin/auth/group/",
    "audit": "/admin/webchat/auditrecord/",
    "figures": "/admin/webchat/outcome/",
    "limits": "/admin/webchat/limits/",
    "site": "/admin/webchat/installation/",
}
WORDS = ("goose", "озеру", "鹅在", "Fußmatte", "interrupted", "soup", "прогул", "one goose")
LANGUAGE = {"host": "localhost", "accept-language": "en"}

# No page waits for files to be collected.
settings.STORAGES = settings.STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}


Path(settings.STATIC_ROOT).mkdir(exist_ok=True)


def settle() -> None:
    """What a running server does within seconds: end the runs of dead processes, fill the index."""
    asyncio.run(_reap())
    while index_some():
        pass


async def _reap() -> None:
    reaper = Reaper(list)
    for _ in range(LOOKS + 1):
        await reaper.look()


def sign_in(name: str) -> Client | None:
    """A browser where this person has signed in, with a second factor where there is one."""
    client = Client(headers=LANGUAGE)
    client.post(SIGN_IN, {"login": name, "password": PASSWORD})
    if name in CODES:
        assert "_auth_user_id" not in client.session, f"{name} needs no second factor"
        client.post(ONE_MORE, {"code": code(CODES[name])})
    return client if "_auth_user_id" in client.session else None


def code(kind: str) -> str:
    if kind == "app":
        return str(format_hotp_value(hotp_value(APP_SECRET, int(time.time()) // 30)))
    return known()["recovery_code"]


def get(client: Client, address: str) -> page.Node:
    answer = client.get(address)
    assert answer.status_code == 200, f"{address} answers {answer.status_code}"
    return page.read(answer.content.decode())


def digest(client: Client) -> Callable[[str], str]:
    return lambda address: hashlib.sha256(asyncio.run(_bytes(client.get(address)))).hexdigest()


async def _bytes(answer: Any) -> bytes:
    """Files are streamed for an event loop."""
    if not answer.streaming:
        return bytes(answer.content)
    return b"".join([piece async for piece in aiter(answer)])


def seen_by(name: str) -> dict[str, Any]:
    client = sign_in(name)
    if client is None:
        return {"signs in": False}
    sidebar = page.links(get(client, "/").first(kind="history"))
    archived = page.links(get(client, "/archived/").first(kind="rows"))
    return {
        "signs in": True,
        "name": get(client, "/").first("button", kind="account").first("bdi").text,
        "sidebar": [title for title, _ in sidebar],
        "archived": [title for title, _ in archived],
        "conversations": {
            title: conversation(client, address) for title, address in sidebar + archived
        },
        "found": {word: found(client, word) for word in WORDS},
        "doors": {door: opens(client, address) for door, address in DOORS.items()},
    }


def opens(client: Client, address: str) -> bool:
    return bool(client.get(address, follow=True).status_code == 200)


def conversation(client: Client, address: str) -> dict[str, Any]:
    shown = get(client, address)
    return {
        "title": shown.first("h1", kind="title").text,
        "messages": page.messages(shown, digest(client)),
    }


def found(client: Client, word: str) -> list[str]:
    """The titles of the conversations that a search shows."""
    answer = client.get("/search/hits/", {"q": word})
    hits = page.read(answer.content.decode()).all("li", kind="hit")
    return [hit.first(kind="hit-title").text for hit in hits]


def site() -> dict[str, Any]:
    """What a stranger reads of the installation."""
    client = Client(headers=LANGUAGE)
    shown = get(client, SIGN_IN)
    logo = next((i.get("src") for i in shown.all("img") if "/logo/" in i.get("src")), "")
    return {
        "name": shown.first("title").text.rpartition(" – ")[2],
        "notice": shown.first(kind="site-notice-text").text,
        "is a warning": bool(shown.first(kind="site-notice").is_a("div", kind="warning")),
        "logo": digest(client)(logo),
    }


def goes_on() -> str:
    """Whom a browser belongs to that was signed in before."""
    client = Client(headers=LANGUAGE)
    client.cookies[settings.SESSION_COOKIE_NAME] = known()["session"]
    return page.read(client.get("/").content.decode()).first(kind="account").first("bdi").text


def everything() -> dict[str, Any]:
    settle()
    return {
        "site": site(),
        "signed in before": goes_on(),
        "pages": {name: seen_by(name) for name in PEOPLE},
        "imported": seen_by(HEIR),
        **rows.kept(),
    }


if __name__ == "__main__":
    print(json.dumps(everything()))
