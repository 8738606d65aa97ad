"""Words that say which they are, so that a lost or doubled one shows."""

import asyncio

from tests.cluster.pages import Answer
from tests.cluster.upstream import Telling


async def tell(telling: Telling, pieces: range, pause: float = 0.01) -> None:
    for number in pieces:
        await telling.say(f"word{number} ")
        await asyncio.sleep(pause)


def is_whole(answer: Answer, telling: Telling) -> bool:
    """Whether the page shows exactly what was told."""
    return answer.words.split() == telling.text.split()
