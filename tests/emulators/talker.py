"""What the emulators of the five upstreams share: a pace, a chosen fault, floods."""

import asyncio

from tests.emulators.answers import PACE
from tests.emulators.server import Exchange, Server, fault_in

MEGABYTE = b"x" * 1024 * 1024


class Talker(Server):
    """A server that answers at `pace` fragments a second (0: at once) and misbehaves on request.

    `fault` names how it misbehaves, "" for not at all; words in a question (`!fault:stall`) win.
    """

    def __init__(self, fault: str = "", pace: float = PACE) -> None:
        super().__init__()
        self.fault = fault
        self.pace = pace

    def fault_for(self, prompt: str) -> str:
        return fault_in(prompt) or self.fault

    async def pause(self) -> None:
        """Wait as long as one fragment takes."""
        await asyncio.sleep(1 / self.pace if self.pace else 0)


async def flood(exchange: Exchange, start: bytes, kind: str, megabytes: int | None) -> None:
    """A body of so many megabytes after `start`; None for one that never ends."""
    await exchange.begin(headers={"Content-Type": kind})
    await exchange.send(start)
    sent = 0
    while megabytes is None or sent < megabytes:
        await exchange.send(MEGABYTE)
        sent += 1
    await exchange.end()
