"""The OpenAI-compatible provider against a server that nobody here wrote: LiteLLM's proxy.

It lives in an environment of its own, `.venv-litellm`, because its packages and ours do not fit
together; the first run makes it. Its answers are mock answers, so that nothing leaves this
computer. Where it cannot be installed the tests are skipped, and under CI they fail.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from providers.errors import (
    ContextTooLong,
    ModelNotFound,
    ProviderError,
    RateLimited,
)
from providers.openai_compatible import OpenAICompatible
from providers.response import FinishReason, Usage
from tests.e2e.product import free_port
from tests.providers.asking import ask, ask_in_vain, text

pytestmark = [pytest.mark.interop]

REQUIREMENT = "litellm[proxy]==1.106.2"
ENVIRONMENT = Path(__file__).parents[2] / ".venv-litellm"
INSTALL_SECONDS = 300
START_SECONDS = 90
KEY = "sk-local-test"
ANSWER = "Hello from LiteLLM. **Markdown** and 😀 come through, word by word by word."
MOCKS = {
    "mock": ANSWER,
    "mock-rate": "litellm.RateLimitError",
    "mock-context": "litellm.ContextWindowExceededError",
    "mock-broken": "litellm.InternalServerError",
}


def unavailable(reason: str) -> None:
    """Skip, or fail where everything has to run."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def run(*command: str | Path) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=INSTALL_SECONDS)


def installed() -> Path:
    """The program, installed if need be."""
    program = ENVIRONMENT / "bin" / "litellm"
    stamp = ENVIRONMENT / ".ready"
    if not (stamp.exists() and stamp.read_text() == REQUIREMENT):
        try:
            run(sys.executable, "-m", "venv", ENVIRONMENT)
            pip = ENVIRONMENT / "bin" / "pip"
            run(pip, "install", "--quiet", "--disable-pip-version-check", REQUIREMENT)
        except (subprocess.SubprocessError, OSError) as error:
            unavailable(f"{REQUIREMENT} cannot be installed: {type(error).__name__}")
        stamp.write_text(REQUIREMENT)
    return program


def answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=2) as response:  # noqa: S310 - loopback
            return response.status == 200
    except (URLError, OSError):
        return False


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running LiteLLM; its address up to /v1."""
    program = installed()
    folder = tmp_path_factory.mktemp("litellm")
    models = [
        {
            "model_name": name,
            "litellm_params": {"model": "openai/mock", "api_key": "none", "mock_response": answer},
        }
        for name, answer in MOCKS.items()
    ]
    config = {
        "model_list": models,
        "general_settings": {"master_key": KEY},
        "litellm_settings": {"num_retries": 0, "telemetry": False},
        "router_settings": {"num_retries": 0, "disable_cooldowns": True},
    }
    (folder / "config.yaml").write_text(json.dumps(config, ensure_ascii=False), "utf-8")
    port = free_port()
    environment = {
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "HOME": str(folder),
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    }
    command = [program, "--config", "config.yaml", "--host", "127.0.0.1", "--port", str(port)]
    log = folder / "log"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT
        ) as process,
    ):
        try:
            deadline = time.monotonic() + START_SECONDS
            while not answers(f"http://127.0.0.1:{port}/health/liveliness"):
                if process.poll() is not None or time.monotonic() > deadline:
                    unavailable(f"LiteLLM does not start: {log.read_text()[-1000:]}")
                time.sleep(0.3)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


async def test_an_answer_streams_with_usage_and_a_finish_reason(server):
    values = await ask(OpenAICompatible, server, "mock", api_key=KEY)
    assert text(values) == ANSWER
    assert sum(isinstance(value, str) for value in values) > 3
    assert values[-1] == FinishReason("stop")
    [usage] = [value for value in values if isinstance(value, Usage)]
    assert usage.completion_tokens


async def test_the_models_are_listed(server):
    models = await OpenAICompatible.fetch_models(server, api_key=KEY)
    assert {model.id for model in models} == set(MOCKS)


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        ("no-such-model", ModelNotFound),
        ("mock-rate", RateLimited),
        ("mock-context", ContextTooLong),
        ("mock-broken", ProviderError),
    ],
)
async def test_its_errors_are_understood(server, model, kind):
    _, error = await ask_in_vain(OpenAICompatible, server, model, api_key=KEY)
    assert isinstance(error, kind)


async def test_twenty_people_at_once_get_an_answer_each(server):
    answers = [ask(OpenAICompatible, server, "mock", api_key=KEY) for _ in range(20)]
    assert all(text(values) == ANSWER for values in await asyncio.gather(*answers))
