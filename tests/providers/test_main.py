"""The command line asks providers and tells the truth in its exit code."""

import asyncio

import pytest

from providers.__main__ import FAILED, MISUSED, main
from tests.emulators.openai import OpenAIEmulator


def test_list_names_every_provider_with_its_models(capsys):
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 7
    assert any(line.startswith("PerplexityLabs") and "r1-1776" in line for line in lines)
    assert any(line.startswith("Koala") and "not working" in line for line in lines)


def test_ask_prints_the_answer_and_keeps_the_rest_apart(capsys):
    assert main(["ask", "demo", "think, a table, sources, a picture, instantly"]) == 0
    printed = capsys.readouterr()
    assert "| Planet" in printed.out
    assert "[1] CommonMark" in printed.out
    assert "[picture: Hills" in printed.out
    assert "demonstration" in printed.err
    assert printed.err.endswith("(stop)")


def test_an_answer_that_fails_is_told_on_standard_error(capsys):
    assert main(["ask", "Demo", "error: rate limit"]) == FAILED
    printed = capsys.readouterr()
    assert "RateLimited" in printed.err
    assert printed.out == ""


def test_an_unknown_provider_and_a_missing_key_are_misuse(capsys, monkeypatch):
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    assert main(["ask", "nobody", "hello"]) == MISUSED
    assert main(["ask", "demo", "hello", "--api-key-env", "NO_SUCH_KEY"]) == MISUSED
    assert "NO_SUCH_KEY is not set" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["ask"], ["ask", "demo"], ["dance"]])
def test_misuse_is_explained(capsys, arguments):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == MISUSED
    assert "usage" in capsys.readouterr().err


def test_a_bad_proxy_is_a_failure_with_a_sentence(capsys):
    assert main(["ask", "demo", "hello", "--proxy", "http://host:port"]) == FAILED
    assert "proxy setting" in capsys.readouterr().err


async def test_address_key_and_model_reach_the_provider(monkeypatch):
    monkeypatch.setenv("MY_KEY", "sk-1")
    async with OpenAIEmulator(pace=0) as emulator:
        emulator.api_key = "sk-1"
        arguments = ["ask", "openaicompatible", "hello", "--model", "emulator"]
        arguments += ["--base-url", emulator.base_url, "--api-key-env", "MY_KEY"]
        assert await asyncio.to_thread(main, arguments) == 0
        assert emulator.requests[0].json()["model"] == "emulator"
