"""daphne's websockets, on which nothing piles up: neither commands nor answers."""

import asyncio

from daphne.ws_protocol import WebSocketProtocol

from webchat.management.serving.reading import UNHEARD, Reading

COMMANDS_MAX = 64  # read and not obeyed; a page has a handful on its way
LOOK_SECONDS = 0.02  # until it is looked whether they were obeyed


class BalancedProtocol(WebSocketProtocol):  # type: ignore[misc]
    """daphne reads every command at once, and keeps every answer in memory until it is read.

    Whoever sends commands without end, or reads no answers, would fill the memory. They wait.
    """

    def onOpen(self) -> None:
        # The one of HTTP is still there; it goes on reading, as the request for the socket is not over.
        self.transport.unregisterProducer()
        self._reading = Reading(self.transport)
        self.transport.registerProducer(self._reading, True)
        super().onOpen()

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        super().onMessage(payload, isBinary)
        if self.application_queue.qsize() == COMMANDS_MAX:
            self._reading.pause(UNHEARD)
            asyncio.get_running_loop().call_later(LOOK_SECONDS, self._look)

    def _look(self) -> None:
        """Read on once the commands were obeyed."""
        if self.application_queue.empty():
            self._reading.resume(UNHEARD)
        else:
            asyncio.get_running_loop().call_later(LOOK_SECONDS, self._look)
