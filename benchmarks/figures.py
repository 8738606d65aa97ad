"""Numbers for people: percentiles, and tables in Markdown."""

import os
from collections.abc import Sequence


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of all are at or below (nearest rank); 0 of nothing."""
    if not values:
        return 0.0
    ranked = sorted(values)
    return ranked[min(int(share * len(ranked)), len(ranked) - 1)]


def spread(values: Sequence[float]) -> str:
    """Median, 95th percentile and maximum of seconds, in whole milliseconds."""
    parts = [percentile(values, 0.5), percentile(values, 0.95), max(values, default=0.0)]
    return " / ".join(f"{part * 1000:.0f}" for part in parts)


def megabytes(count: float) -> str:
    return f"{count / 1e6:.1f}"


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def machine() -> str:
    """How busy the machine is at this moment, and with how many cores."""
    load, *_ = os.getloadavg()
    return f"{os.cpu_count()} cores, load average {load:.1f}"
