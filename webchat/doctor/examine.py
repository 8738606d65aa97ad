"""The whole examination."""

from collections.abc import Iterator

from django.conf import settings

from webchat.doctor.finding import Finding
from webchat.doctor.line import Line
from webchat.doctor.machine import examine_machine
from webchat.doctor.proxy import PING_MARGIN, examine_proxy


def examine(
    origin: str = "", trusted: str | None = None, patience: float | None = None
) -> Iterator[Finding]:
    """Every finding as soon as it is known; the last ones take `patience` seconds.

    `origin` is the address to come in by, the first of ORIGINS by default; `trusted` a file with
    certificates that vouch for it besides the system's. `patience` is by default longer than the
    time between two pings of the server.
    """
    if patience is None:
        patience = settings.PING_SECONDS + PING_MARGIN
    yield from examine_machine()
    yield from examine_proxy(Line(origin or settings.ORIGINS[0], trusted), patience=patience)
