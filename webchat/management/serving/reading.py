"""Reading from a connection, and for which reasons not."""

from typing import Any

from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

UNREAD, UNHEARD = "unread", "unheard"
"""Answers wait to be sent; commands wait to be obeyed."""


@implementer(IPushProducer)
class Reading:
    """What comes in on a connection, as the producer of what goes out on it.

    Twisted pauses it while more than 64 KiB wait to be sent.
    """

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self._reasons: set[str] = set()

    def pause(self, reason: str) -> None:
        self._reasons.add(reason)
        self._transport.pauseProducing()

    def resume(self, reason: str) -> None:
        self._reasons.discard(reason)
        if not self._reasons:
            self._transport.resumeProducing()

    def pauseProducing(self) -> None:
        self.pause(UNREAD)

    def resumeProducing(self) -> None:
        self.resume(UNREAD)

    def stopProducing(self) -> None:
        self._transport.loseConnection()
