"""Perplexity Labs: Socket.IO, where every event repeats the whole answer so far.

Not an invitation of Perplexity's: its page speaks to this address, and it may refuse programs at
any time. The wire is described nowhere but in the programs that use it.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from providers.base import AsyncGeneratorProvider, Messages, ProviderModelMixin, Request
from providers.engineio_session import Session, Upstream, open_session
from providers.errors import Timeout, Unavailable, UnexpectedResponse
from providers.prompts import text_of
from providers.response import FinishReason, Source, Sources, Value
from providers.timeouts import Timeouts

_PROGRESS = "_query_progress"
_FAILED = ("failed", "error")


class PerplexityLabs(ProviderModelMixin, AsyncGeneratorProvider):
    """Models of Perplexity's, with the pages an answer rests on."""

    label = "Perplexity Labs"
    url = "https://labs.perplexity.ai"
    api_endpoint = "https://www.perplexity.ai/socket.io/"
    websocket_endpoint = "wss://www.perplexity.ai/socket.io/"
    working = True
    unofficial = True
    supports_system_message = True
    supports_message_history = True
    default_model = "r1-1776"
    models = [default_model, "sonar-pro", "sonar", "sonar-reasoning", "sonar-reasoning-pro"]

    @classmethod
    def starts_in_reasoning(cls, model: str) -> bool:
        """The text of r1-1776 has a closing tag and no opening one."""
        return model == "r1-1776"

    @classmethod
    async def _generate(cls, request: Request) -> AsyncIterator[Value]:
        upstream = Upstream(
            polling_url=cls.address(request, cls.api_endpoint),
            websocket_url=cls.address(request, cls.websocket_endpoint),
            headers={"Origin": cls.url, "Referer": f"{cls.url}/", **request.headers},
            proxy=request.proxy,
            timeouts=request.timeouts,
        )
        async with open_session(upstream, {"jwt": "anonymous-ask-user"}) as session:
            await session.emit(
                "perplexity_labs",
                {
                    "version": "2.18",
                    "source": "default",
                    "model": request.model,
                    "messages": _messages(request.messages),
                },
            )
            answer = GrowingText()
            ends = asyncio.get_running_loop().time() + request.timeouts.total
            while True:
                progress = await _next_growth(session, request.timeouts, answer, ends)
                if fragment := answer.take():
                    yield fragment
                if progress.get("final"):
                    break
            answer.finish()
            if sources := _sources(progress.get("citations")):
                yield sources
            yield FinishReason("stop")


class GrowingText:
    """Fragments of a text that is sent again and again, longer each time.

    Nothing that was handed out can be taken back: while the upstream sends less, or something
    that contradicts it, nothing more is handed out.
    """

    def __init__(self) -> None:
        self._shown = ""
        self._latest = ""

    @property
    def started(self) -> bool:
        """Whether anything was handed out."""
        return bool(self._shown)

    @property
    def grows(self) -> bool:
        """Whether there is more to hand out."""
        return len(self._latest) > len(self._shown) and self._latest.startswith(self._shown)

    def put(self, text: str, *, final: bool) -> None:
        """Take the whole text so far.

        Unless it is the last, half a surrogate pair or a replacement character at its end waits
        for what it becomes: upstreams cut between bytes.
        """
        if not final and text and (text[-1] == "\ufffd" or "\ud800" <= text[-1] <= "\udbff"):
            text = text[:-1]
        self._latest = text

    def take(self) -> str:
        """What is new, empty where nothing is."""
        if not self.grows:
            return ""
        fragment = self._latest[len(self._shown) :]
        self._shown = self._latest
        return fragment

    def finish(self) -> None:
        """Raise UnexpectedResponse where the last text contradicts what was handed out."""
        if not self._shown.startswith(self._latest):
            raise UnexpectedResponse(
                "The provider rewrote its answer while it was writing it. What came first is kept.",
                detail=f"perplexity: output changed within its first {len(self._shown)} characters",
            )


async def _next_growth(
    session: Session, limits: Timeouts, answer: GrowingText, ends: float
) -> dict[str, Any]:
    """The next progress that brings text or the end, not later than `ends` by the loop's clock.

    Events that bring nothing are no sign of life: a deadline counts from the last text.
    """
    now = asyncio.get_running_loop().time()
    until = min(now + (limits.read if answer.started else limits.until_answer), ends)
    try:
        async with asyncio.timeout_at(until):
            while True:
                progress = await _next_progress(session)
                answer.put(_output(progress), final=bool(progress.get("final")))
                if answer.grows or progress.get("final"):
                    return progress
    except TimeoutError as error:
        raise Timeout(detail=f"perplexity: no text for {until - now:.1f} s") from error


async def _next_progress(session: Session) -> dict[str, Any]:
    while True:
        event = await session.next_event()
        if not event.name.endswith(_PROGRESS) or not event.arguments:
            continue
        progress = event.arguments[0]
        if not isinstance(progress, dict):
            raise UnexpectedResponse(detail="perplexity: a progress event without an object")
        if progress.get("status") in _FAILED:
            raise _failure(progress)
        return progress


def _failure(progress: dict[str, Any]) -> Unavailable:
    text = progress.get("text")
    said = f": {text[:200]}" if isinstance(text, str) and text.strip() else "."
    return Unavailable(
        f"Perplexity could not finish the answer{said}", detail="perplexity: status failed"
    )


def _output(progress: dict[str, Any]) -> str:
    output = progress.get("output")
    if output is not None and not isinstance(output, str):
        raise UnexpectedResponse(detail="perplexity: output is no text")
    return output or ""


def _messages(messages: Messages) -> list[dict[str, str]]:
    """The conversation as the upstream takes it: text only."""
    texts = ((str(m.get("role", "user")), text_of(m.get("content"))) for m in messages)
    return [{"role": role, "content": text} for role, text in texts if text]


def _sources(citations: Any) -> Sources | None:
    """Citations, each an address or an object with one; None where there are none."""
    if not isinstance(citations, list):
        return None
    sources = [source for citation in citations if (source := _source(citation)) is not None]
    return Sources(tuple(sources)) if sources else None


def _source(citation: Any) -> Source | None:
    if isinstance(citation, str):
        citation = {"url": citation}
    if not isinstance(citation, dict):
        return None
    url, title = citation.get("url") or citation.get("link"), citation.get("title")
    if not isinstance(url, str) or not url:
        return None
    return Source(url, title if isinstance(title, str) else "")
