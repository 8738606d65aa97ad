"""`python -m tests.emulators` starts all emulators and says how to use them."""

import asyncio
import socket

import pytest

from tests.emulators import __main__ as command
from tests.emulators.catalog import EMULATORS, Entry


@pytest.fixture
def any_port(monkeypatch):
    """Ports that are free, because the usual ones may be in use on this computer."""
    free = {name: Entry(entry.emulator, 0) for name, entry in EMULATORS.items()}
    monkeypatch.setattr(command, "EMULATORS", free)
    return free


async def test_all_are_started_and_every_address_is_printed(any_port, capsys):
    serving = asyncio.ensure_future(command.serve())
    for _ in range(100):
        await asyncio.sleep(0.01)
        if printed := capsys.readouterr().out:
            break
    serving.cancel()
    await asyncio.wait([serving])
    [providers] = [line for line in printed.splitlines() if line.startswith("PROVIDER_BASE_URLS=")]
    [openai] = [line for line in printed.splitlines() if line.startswith("OPENAI_BASE_URL=")]
    named = dict(part.split("=") for part in providers.partition("=")[2].split(","))
    assert set(named) == set(EMULATORS) - {"OpenAICompatible"}
    assert openai.endswith("/v1")


def test_a_port_that_is_taken_is_told_in_a_sentence(monkeypatch, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        entries = {name: Entry(entry.emulator, port) for name, entry in EMULATORS.items()}
        monkeypatch.setattr(command, "EMULATORS", entries)
        assert command.main() == 1
    assert "port cannot be used" in capsys.readouterr().err


def test_every_emulator_has_a_port_of_its_own():
    ports = [entry.port for entry in EMULATORS.values()]
    assert len(set(ports)) == len(ports)
