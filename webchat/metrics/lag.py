"""How late the event loop is: what is due now, and happens later, everybody waits for."""

import asyncio

from webchat.metrics.instruments import LOOP_LAG

LOOK_SECONDS = 0.5


async def watch_lag() -> None:
    """Look twice a second, until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + LOOK_SECONDS
        await asyncio.sleep(LOOK_SECONDS)
        LOOP_LAG.observe(max(0.0, loop.time() - due))
