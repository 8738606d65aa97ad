"""Every provider of the registry keeps the contract."""

import ast
from pathlib import Path

import pytest

import providers
from providers.demo import Demo
from providers.registry import providers as all_providers
from providers.websim import Websim
from tests.emulators.catalog import EMULATORS
from tests.providers.contract import Case, ProviderContract, UpstreamContract

MODELS = {"OpenAICompatible": "emulator"}
IN_ONE_PIECE = ("Pizzagpt", "Websim")
FILES = sorted(Path(providers.__file__).parent.glob("*.py"))


class TestUpstreams(UpstreamContract):
    """Runs for each provider that has an upstream, against its emulator."""

    @pytest.fixture(params=EMULATORS)
    async def case(self, request, monkeypatch):
        async def at_once(seconds):
            pass

        monkeypatch.setattr(Websim, "_sleep", staticmethod(at_once))
        name = request.param
        async with EMULATORS[name].emulator(pace=0) as emulator:
            yield Case(
                all_providers()[name],
                emulator,
                model=MODELS.get(name, ""),
                breaks="half" if name in IN_ONE_PIECE else "cut",
            )


class TestDemo(ProviderContract):
    """Demo has no upstream, and is in a hurry here."""

    @pytest.fixture
    async def case(self):
        yield Case(Demo, please=" Tell me at once.")


def test_every_provider_with_an_upstream_has_an_emulator():
    assert set(EMULATORS) == set(all_providers()) - {"Demo"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_provider_reads_the_environment(file):
    if file.name == "__main__.py":
        return  # the command line is a host, not a provider
    names = {
        getattr(node, "attr", None) or getattr(node, "id", None) or getattr(node, "name", None)
        for node in ast.walk(ast.parse(file.read_text()))
    }
    assert not names & {"environ", "environb", "getenv", "getenvb", "expandvars"}


@pytest.mark.parametrize(
    ("package", "home"),
    [("httpx", "http.py"), ("websockets", "websocket.py")],
)
def test_a_client_library_is_known_to_one_file(package, home):
    users = set()
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text())):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            modules += [name.name for name in node.names] if isinstance(node, ast.Import) else []
            if any(module.split(".")[0] == package for module in modules):
                users.add(file.name)
    assert users == {home}
