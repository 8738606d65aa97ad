"""docs/providers.md tells of every provider, and the one it teaches to write keeps the contract."""

import json
import re
from pathlib import Path

import pytest

from providers.base import AsyncGeneratorProvider
from providers.registry import providers
from tests.emulators.answers import answer_to, fragments
from tests.emulators.server import Exchange, play_fault
from tests.emulators.streams import stream
from tests.emulators.talker import Talker
from tests.providers.contract import Case, UpstreamContract

PAGE = (Path(__file__).parents[2] / "docs" / "providers.md").read_text()


def parrot() -> type[AsyncGeneratorProvider]:
    """The class of the page's example, made by running the example."""
    [code] = [c for c in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if "_generate" in c]
    names: dict[str, type[AsyncGeneratorProvider]] = {"__name__": "parrot"}
    exec(code, names)  # noqa: S102 - the page is ours
    return names["Parrot"]


class ParrotEmulator(Talker):
    """Repeats what it hears, a word at a time."""

    async def handle(self, exchange: Exchange) -> None:
        heard = exchange.request.json()["text"]
        if not await play_fault(exchange, self.fault):
            events = [json.dumps(word) for word in fragments(answer_to(heard, "Parrot"))]
            await stream(self, exchange, events, self.fault, events[0])


@pytest.mark.parametrize("name", providers())
def test_every_provider_has_a_heading_and_a_row(name):
    assert f"\n### {name}\n" in PAGE
    [row] = [line for line in PAGE.splitlines() if line.startswith(f"| [{name}]")]
    provider = providers()[name]
    assert all(model in row for model in provider.models)
    assert ("unofficial" in row) == provider.unofficial
    assert (", off" in row) == (not provider.working)


class TestParrot(UpstreamContract):
    """The example of the page, as it stands there."""

    @pytest.fixture
    async def case(self):
        async with ParrotEmulator(pace=0) as emulator:
            yield Case(parrot(), emulator)
