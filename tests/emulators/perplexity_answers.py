"""What the emulated Perplexity Labs says: events that repeat the whole answer so far."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from tests.emulators.answers import answer_to, fragments
from tests.emulators.perplexity_session import Session

CITATIONS = ["https://example.org/first", {"url": "https://example.org/second", "title": "Second"}]
THOUGHTS = "The person asks something. I weigh *two* ways to put it."

# Faults of a whole HTTP answer: a question comes too late for them, so the session breaks instead.
_TOO_LATE = (
    *("cloudflare", "401", "402", "403", "404", "429", "500", "502"),
    *("redirect", "html", "empty", "reset", "garbage", "hangup"),
)

_TAGGED = ("sonar-reasoning", "sonar-reasoning-pro")


def full_text(model: str, prompt: str) -> str:
    """The whole output: r1-1776 thinks without an opening tag, sonar-reasoning with both tags."""
    answer = answer_to(prompt, f"Perplexity Labs, {model}") + " [1][2]"
    if model == "r1-1776":
        return f"{THOUGHTS}</think>\n\n{answer}"
    if model in _TAGGED:
        return f"<think>{THOUGHTS}</think>\n\n{answer}"
    return answer


def progress(model: str, output: str, *, final: bool = False, **more: Any) -> str:
    """One progress event as it goes over the wire."""
    data: dict[str, Any] = {"output": output, "final": final, "status": "pending"}
    if final:
        data |= {"status": "completed", "citations": CITATIONS}
    return "42" + json.dumps([f"{model}_query_progress", data | more])


async def events(model: str, text: str, fault: str, pause: Callable[[], Any]) -> AsyncIterator[str]:
    """The events of one answer at the pace of `pause`, with the faults of its middle."""
    pieces = fragments(text)
    middle = len(pieces) // 2
    so_far = ""
    for number, piece in enumerate(pieces):
        if number == middle:
            for strange in _strange(model, so_far, fault):
                yield strange
        so_far += piece
        if fault == "emoji" and piece.endswith("😀"):
            yield '42["{}_query_progress",{{"output":{},"final":false}}]'.format(
                model,
                json.dumps(so_far[:-1])[:-1] + '\\ud83d"',
            )
        yield progress(model, so_far)
        await pause()
    yield _last(model, so_far, fault)


def _last(model: str, text: str, fault: str) -> str:
    match fault:
        case "no-citations":
            data = {"output": text, "final": True}
            return "42" + json.dumps([f"{model}_query_progress", data])
        case "rewrite":
            return progress(model, "Something else entirely.", final=True)
        case "bare-final":
            return "42" + json.dumps([f"{model}_query_progress", {"final": True}])
        case _:
            return progress(model, text, final=True)


def _strange(model: str, so_far: str, fault: str) -> list[str]:
    """What comes in the middle of an answer."""
    name = f"{model}_query_progress"
    failed = {"status": "failed", "text": "Error in processing query"}
    strange = {
        "shrink": [progress(model, so_far[: len(so_far) // 2])],
        "unknown-event": ['42["something_else",{"a":1}]', '42["lonely"]', "430[]"],
        "ack": ["4217" + json.dumps([name, {"output": so_far, "final": False}])],
        "failed": ["42" + json.dumps([name, failed])],
        "error-status": ["42" + json.dumps([name, {"status": "error"}])],
        "nonsense": ["42{not json"],
        "no-packet": ["hello"],
        "number": ["42" + json.dumps([name, {"output": 5}])],
        "list": ["42" + json.dumps([name, ["x"]])],
        "disconnect": ["41"],
        "close": ["1"],
        "binary": ['451-["x",{"_placeholder":true,"num":0}]'],
    }
    if fault == "huge":
        return [progress(model, "x" * 100 * 1024 * 1024)]
    return strange.get(fault, [])


async def play(
    session: Session, data: dict[str, Any], fault: str, pause: Callable[[], Any]
) -> None:
    """Answer one `perplexity_labs` event."""
    model, prompt = data["model"], data["messages"][-1]["content"]
    text = full_text(model, prompt)
    if fault in _TOO_LATE:
        await session.close(None)
        return
    if fault == "ping-first":
        await session.send("2")
    elif fault == "stall":
        return
    elif fault == "pings-only":
        while not session.closed:
            await session.send("2")
            await asyncio.sleep(0.05)
    elif fault == "endless":
        await _never_end(session, model)
    count = 0
    async for event in events(model, text, fault, pause):
        await session.send(event)
        count += 1
        if count == 10 and fault in ("stall-middle", "cut", "repeat"):
            await _break_off(session, fault, event)
            return


async def _break_off(session: Session, fault: str, event: str) -> None:
    """Stop in the middle: without a word, abruptly, or saying the same for ever."""
    if fault == "cut":
        await session.close(None)
    while fault == "repeat" and not session.closed:
        await session.send(event)
        await asyncio.sleep(0.05)


async def _never_end(session: Session, model: str) -> None:
    text = ""
    while not session.closed:
        text += "and so on " * 10_000
        await session.send(progress(model, text))
        await session.until_taken()
