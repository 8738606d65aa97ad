"""Somebody who loads pages of one process, as nginx passes them on."""

import re
import time
from types import TracebackType
from typing import Self

import httpx

from tests.cluster.installation import Installation
from tests.e2e.product import COOKIE, NAME, PASSWORD

LOGIN = "/accounts/login/"


class Reader:
    """Signed in as the administrator, or not at all where `session` is empty."""

    def __init__(self, installation: Installation, number: int = 0, *, session: str = "") -> None:
        self._origin = installation.origin
        headers = {
            "Host": self._origin.partition("://")[2],
            "X-Forwarded-Proto": self._origin.partition("://")[0],
            "X-Forwarded-For": "192.0.2.7",
        }
        address = f"http://127.0.0.1:{installation.ports[number]}"
        self._client = httpx.AsyncClient(
            base_url=address, headers=headers, timeout=60, trust_env=False
        )
        self.cookies = {COOKIE: session} if session else {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._client.aclose()

    async def get(self, path: str) -> httpx.Response:
        return await self._ask("GET", path)

    async def until_shown(self, path: str, seconds: float) -> None:
        """Ask until the page is there."""
        deadline = time.monotonic() + seconds
        while (answer := await self.get(path)).status_code != 200:
            assert time.monotonic() < deadline, f"{path} still answers {answer.status_code}"

    async def sign_in(self) -> httpx.Response:
        page = await self.get(LOGIN)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert token, page.text
        fields = {"csrfmiddlewaretoken": token[1], "login": NAME, "password": PASSWORD}
        return await self._ask("POST", LOGIN, data=fields)

    async def _ask(
        self, method: str, path: str, data: dict[str, str] | None = None
    ) -> httpx.Response:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {
            "Cookie": cookies,
            "Origin": self._origin,
        }  # httpx sends no safe ones without TLS
        answer = await self._client.request(method, path, data=data, headers=headers)
        for line in answer.headers.get_list("Set-Cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer


def words(answer: httpx.Response) -> str:
    """What a person reads."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())
