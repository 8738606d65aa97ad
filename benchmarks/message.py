"""What one message costs whatever the length of its answer, and one answer at full speed."""

from benchmarks.figures import machine, spread, table
from benchmarks.load import Load, measure, product_plan
from benchmarks.people import Plan
from benchmarks.site import Site, site_with_upstream

SHORT = 40  # answers of a single token, one after the other
SIZES = (1, 10, 50, 100, 200)  # kB
TOKEN_CHARS = 4
AGAIN = 3


def _load(running: Site, model: str, messages: int) -> Load:
    plan: Plan = product_plan(running, 1)
    plan.model, plan.messages, plan.spread = model, messages, 0
    return measure("Webchat", [running.pid], running.upstream, plan)


def short(running: Site) -> str:
    """The server's CPU for a message that is asked, begun, followed, saved and told of."""
    load = _load(running, "bench-50-1-0", SHORT)
    first = spread([sample.first - sample.sent for sample in load.good])
    row = (f"{1000 * load.cpu / SHORT:.1f}", first, f"{len(load.good)} of {SHORT}")
    return table(("CPU a message, ms", "first token from the keypress, ms", "complete"), [row])


def full_speed(running: Site) -> str:
    """Answers that come as fast as the server reads them."""
    rows = []
    for size in SIZES:
        load = _load(running, f"bench-0-{size * 1000 // TOKEN_CHARS}", AGAIN)
        good, times = load.good, load.times
        rows.append(
            (
                f"{size} kB",
                f"{len(good)} of {AGAIN}",
                spread([times[s.tag]["last"] - times[s.tag]["first"] for s in good]),
                spread([s.done - times[s.tag]["last"] for s in good]),
                f"{load.cpu_per_token:.3f}",
                f"{sum(s.bytes for s in good) / (len(good) or 1) / 1000:.0f}",
                f"{sum(len(s.gaps) + 1 for s in good) // (len(good) or 1)}",
            )
        )
    head = (
        "answer",
        "complete",
        "the upstream sends for, ms",
        "end after the upstream's, ms",
        "CPU, ms a token",
        "to the browser, kB",
        "updates",
    )
    return table(head, rows)


def main() -> str:
    with site_with_upstream() as running:
        return f"{short(running)}\n\n{full_speed(running)}\n\n{machine()}"
