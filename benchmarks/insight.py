"""The page of figures over a million answers, on SQLite and on PostgreSQL."""

from typing import Any

from benchmarks.admin import FILL_SECONDS, measure
from benchmarks.figures import machine, percentile, spread, table
from benchmarks.servers import Postgres, serving
from benchmarks.site import site_with_upstream

ANSWERS, DAYS = 1_000_000, 365  # evenly over so many days
BAR = 1.0  # seconds that the page of 30 days may take
BARRED = "30 days"
HEAD = ("page", "queries", "SQLite, ms", "queries", "PostgreSQL, ms")
PAGE = "/admin/webchat/outcome/"
PAGES = {
    "7 days": f"{PAGE}?days=7",
    BARRED: f"{PAGE}?days=30",
    "90 days": f"{PAGE}?days=90",
    "365 days": f"{PAGE}?days=365",
    "30 days of tokens as CSV": f"{PAGE}tokens.csv?days=30",
}


def filled_and_measured(**environment: str) -> dict[str, Any]:
    with site_with_upstream(**environment) as running:
        filled = running.seed(
            "database", str(ANSWERS), str(DAYS), module="fill_insight", seconds=FILL_SECONDS
        )
        return measure(running, PAGES, filled["session"])


def main() -> str:
    sqlite = filled_and_measured()
    with serving(Postgres) as server:
        other = filled_and_measured(DATABASE_URL=server.create("benchmark"))
    rows = [
        [name, queries, spread(seconds), other[name][1], spread(other[name][0])]
        for name, (seconds, queries) in sqlite.items()
    ]
    slowest = max(percentile(found[BARRED][0], 0.95) for found in (sqlite, other))
    verdict = f"{BARRED}: {slowest:.2f} s, the bar is {BAR:.0f} s: "
    verdict += "met." if slowest <= BAR else "missed."
    return "\n\n".join([table(HEAD, rows), verdict, machine()])
