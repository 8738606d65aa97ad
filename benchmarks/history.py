"""Long conversations and large databases: opening a page, and the first token of one more answer."""

import time
import urllib.request
from typing import Any

from benchmarks.figures import machine, megabytes, spread, table
from benchmarks.load import measure, product_plan
from benchmarks.processes import cpu_seconds
from benchmarks.site import Site, site_with_upstream
from tests.e2e.product import COOKIE

LENGTHS = (10, 100, 500, 1000, 2000)
SIZES = (1_000, 10_000, 100_000, 1_000_000)
OWNERS = 50  # people whose conversations a database holds
OPENED = 20
HEAD = (
    "page whole, ms",
    "server CPU, ms",
    "in the views, ms",
    "queries",
    "HTML, kB",
)
ANSWER_HEAD = ("first token of one more answer, ms",)


def fetch(running: Site, path: str, session: str) -> list[float]:
    """Seconds until the whole page was there, each time anew."""
    asked = urllib.request.Request(  # noqa: S310
        running.product.url + path, headers={"Cookie": f"{COOKIE}={session}"}
    )
    found = []
    for _ in range(OPENED):
        started = time.perf_counter()
        with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310
            answer.read()
        found.append(time.perf_counter() - started)
    return found


def page(running: Site, path: str, session: str) -> list[str]:
    """One row's figures of a page."""
    cpu = cpu_seconds(running.pid)
    seconds = fetch(running, path, session)
    cpu = (cpu_seconds(running.pid) - cpu) / OPENED
    cost: dict[str, Any] = running.seed("cost", path, session, module="fill")
    return [
        spread(seconds),
        f"{1000 * cpu:.0f}",
        f"{1000 * cost['seconds']:.0f}",
        str(cost["queries"]),
        f"{cost['chars'] / 1000:.0f}",
    ]


def one_more(running: Site, conversation: str, session: str, endpoint: int) -> str:
    """Say something in this conversation, three times; how soon the answer begins."""
    plan = product_plan(running, 1)
    plan.sessions, plan.endpoint, plan.conversation = [session], endpoint, conversation
    plan.model, plan.messages, plan.spread = "bench-50-5-0", 3, 0
    load = measure("Webchat", [running.pid], running.upstream, plan)
    return spread([sample.first - sample.sent for sample in load.good])


def conversations() -> str:
    """Conversations of 10 to 2 000 messages."""
    rows = []
    with site_with_upstream() as running:
        seeded = running.seed("people", "1")
        session = seeded["sessions"][0]
        for length in LENGTHS:
            pk = running.seed("conversation", "person0", str(length), module="fill")
            figures = page(running, f"/c/{pk}/", session)
            rows.append([length, *figures, one_more(running, pk, session, seeded["endpoint"])])
    return f"{table(('messages', *HEAD, *ANSWER_HEAD), rows)}\n\n{machine()}"


def databases() -> str:
    """Databases of 1 000 to 1 000 000 messages."""
    rows = []
    with site_with_upstream() as running:
        seeded = running.seed("people", str(OWNERS))
        session = seeded["sessions"][0]
        for size in SIZES:
            filled = running.seed("database", str(size), module="fill")
            pk = running.seed("newest", "person0", module="fill")
            for name, path in (("new chat, sidebar", "/"), ("a conversation", f"/c/{pk}/")):
                figures = page(running, path, session)
                answer = "" if path == "/" else one_more(running, pk, session, seeded["endpoint"])
                rows.append([size, megabytes(filled["bytes"]), name, *figures, answer])
    head = ("messages", "file, MB", "page", *HEAD, *ANSWER_HEAD)
    return f"{table(head, rows)}\n\n{machine()}"
