"""Starts an emulator of every upstream on loopback and prints what to set to try them."""

import asyncio
import sys
from contextlib import suppress

from tests.emulators.catalog import EMULATORS
from tests.emulators.talker import Talker

HINT = """\
Put these two lines into .env (or before the command), start the site, and choose a provider:

{lines}

The OpenAI-compatible one has the models emulator, emulator-reasoning, emulator-think,
emulator-openrouter, emulator-search and emulator-mistral. To see something break, write one of
these into a message: !fault:cloudflare !fault:429 !fault:500 !fault:stall !fault:reset
!fault:garbage !fault:cut !fault:stall-middle. Ctrl-C ends them all."""


def settings(running: dict[str, Talker]) -> str:
    """The lines that send every provider to its emulator."""
    addresses = {name: emulator.base_url for name, emulator in running.items()}
    openai = addresses.pop("OpenAICompatible")
    others = ",".join(f"{name}={address}" for name, address in addresses.items())
    return f"PROVIDER_BASE_URLS={others}\nOPENAI_BASE_URL={openai}"


async def serve() -> None:
    """Run them all until cancelled. Raises OSError for a port that is taken."""
    running: dict[str, Talker] = {}
    try:
        for name, entry in EMULATORS.items():
            emulator = entry.emulator()
            await emulator.start("127.0.0.1", entry.port)
            running[name] = emulator
        print(HINT.format(lines=settings(running)), flush=True)
        await asyncio.Event().wait()
    finally:
        await asyncio.gather(*(emulator.stop() for emulator in running.values()))


def main() -> int:
    try:
        with suppress(KeyboardInterrupt):
            asyncio.run(serve())
    except OSError as error:
        print(f"A port cannot be used: {error.strerror}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
