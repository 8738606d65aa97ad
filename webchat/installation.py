"""The installation's name, logo, terms and notice, for every page and without a query for each."""

import logging
import time

from django.conf import settings
from django.db import DatabaseError

from webchat.models import Installation
from webchat.rendering.markdown import render

log = logging.getLogger(__name__)

FRESH_SECONDS = 5  # how late another process learns of a change

_known: tuple[float, Installation] | None = None


def installation() -> Installation:
    """What administrators filled in, as it was at most FRESH_SECONDS ago.

    Pages that tell of a broken database need a name too: what was read before, else the settings.
    """
    global _known
    if _known is None or time.monotonic() - _known[0] > FRESH_SECONDS:
        found = _read(_known[1] if _known else Installation())
        _known = time.monotonic(), found  # after the reading, which a broken database draws out
    return _known[1]


def _read(former: Installation) -> Installation:
    try:
        found = Installation.objects.first() or Installation()
    except DatabaseError as error:
        log.warning("the installation's name cannot be read: %s", error)
        found = former
    found.name = found.name or settings.SITE_NAME
    found.notice_html = render(found.notice, [], key="notice")
    return found


def forget() -> None:
    """Read it anew the next time; whoever changes it calls this."""
    global _known
    _known = None
