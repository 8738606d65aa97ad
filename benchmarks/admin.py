"""The pages of administrators over a large database, on SQLite and on PostgreSQL."""

import time
from typing import Any
from urllib.parse import urlencode

from benchmarks.figures import machine, percentile, spread, table
from benchmarks.history import fetch
from benchmarks.servers import Postgres, serving
from benchmarks.site import Site, site_with_upstream

CONVERSATIONS = 100_000  # of ten messages each
BAR = 0.3  # seconds that any of these pages may take
FILL_SECONDS = 3600
LIST = "/admin/webchat/conversation/"
HEAD = ("page", "queries", "SQLite, ms", "queries", "PostgreSQL, ms")

Pages = dict[str, str]
"""What they are called, and their addresses."""


def pages(filled: dict[str, Any]) -> Pages:
    """Every list, with every filter alone and with others, both ends of it, and transcripts."""

    def found(**query: Any) -> str:
        return f"{LIST}?{urlencode(query)}"

    owner, model = filled["owner"], filled["model"]
    long, usual = f"{LIST}{filled['long']}/change/", f"{LIST}{filled['usual']}/change/"
    return {
        "conversations, newest": LIST,
        "oldest": found(p="oldest"),
        "from the middle": found(p=f"after-{filled['middle']}"),
        "of a person with many": found(owner=owner),
        "their oldest": found(owner=owner, p="oldest"),
        "of a person with few": found(owner=filled["rare_owner"]),
        "of people by the beginning of a name": found(owner="person01"),
        "of an endpoint": found(endpoint=filled["endpoint"]),
        "its oldest": found(endpoint=filled["endpoint"], p="oldest"),
        "of a model": found(model=model),
        "of a model nobody used": found(model="nothing"),
        **{f"state: {state}": found(state=state) for state in STATES},
        "with errors": found(errors="yes"),
        "with pictures": found(pictures="yes"),
        "archived": found(archived="yes"),
        "of one month, years ago": found(since=filled["month"][0], until=filled["month"][1]),
        "failed, of a person, archived": found(owner=owner, state="failed", archived="yes"),
        "of a model, with pictures and errors": found(model=model, pictures="yes", errors="yes"),
        "of an endpoint, interrupted, oldest": found(
            endpoint=filled["endpoint"], state="interrupted", p="oldest"
        ),
        "transcript of 10 messages": usual,
        "transcript of 2 000, last page": long,
        "its first page": f"{long}?page=1",
        "another branch of it": f"{long}?at={filled['branch']}",
        "people": "/admin/webchat/user/",
        "audit": "/admin/webchat/auditrecord/",
        "endpoints": "/admin/webchat/endpoint/",
    }


WORDS = {
    "the commonest word": "the",
    "two common words": "the value",
    "a word that stands once": "zyzzyva",
    "two letters of a word": "co",
    "two Chinese characters": "检索",
    "a word that is nowhere": "qqqqqq",
}


def searches(path: str) -> Pages:
    return {name: f"{path}?{urlencode({'q': word})}" for name, word in WORDS.items()}


STATES = ("streaming", "complete", "stopped", "failed", "interrupted")


def measure(running: Site, asked: Pages, session: str) -> dict[str, tuple[list[float], int]]:
    """Seconds of some requests over the network, and the number of queries of one."""
    found = {}
    for name, path in asked.items():
        fetch(running, path, session)  # whatever is read or rendered once
        seconds = fetch(running, path, session)
        cost = running.seed("cost", path, session, module="fill")
        found[name] = (seconds, cost["queries"])
    return found


def filled_and_measured(conversations: int, **environment: str) -> tuple[str, dict[str, Any]]:
    """How the database came to be, and what its pages took."""
    with site_with_upstream(**environment) as running:
        started = time.monotonic()
        filled = running.seed(
            "database", str(conversations), module="fill_admin", seconds=FILL_SECONDS
        )
        told = (
            f"{filled['messages']} messages, filled in {time.monotonic() - started:.0f} s, "
            f"{filled['indexing']:.0f} of them for the index"
        )
        found = measure(running, pages(filled), filled["session"])
        for who, path, session in (
            ("staff", LIST, filled["session"]),
            ("a person with many", "/search/", filled["owners_session"]),
            ("a person with few", "/search/", filled["rare_owners_session"]),
        ):
            asked = {f"{who}: {name}": address for name, address in searches(path).items()}
            found |= measure(running, asked, session)
        return told, found


def main(conversations: int = CONVERSATIONS) -> str:
    sqlite_told, sqlite = filled_and_measured(conversations)
    with serving(Postgres) as server:
        url = server.create("benchmark")
        postgres_told, other = filled_and_measured(conversations, DATABASE_URL=url)
    rows = [
        [name, queries, spread(seconds), other[name][1], spread(other[name][0])]
        for name, (seconds, queries) in sqlite.items()
    ]
    slow = [
        f"{database}, {name}: {1000 * percentile(seconds, 0.95):.0f} ms"
        for database, measured in (("SQLite", sqlite), ("PostgreSQL", other))
        for name, (seconds, _queries) in measured.items()
        if percentile(seconds, 0.95) > BAR
    ]
    verdict = "Above the bar of 300 ms: " + ("; ".join(slow) if slow else "none.")
    return "\n\n".join(
        [
            table(HEAD, rows),
            verdict,
            f"SQLite: {sqlite_told}. PostgreSQL: {postgres_told}.",
            machine(),
        ]
    )
