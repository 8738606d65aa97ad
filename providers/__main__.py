"""Asks providers from the command line, without Django: `python -m providers list|ask`."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from contextlib import suppress

from providers.base import AsyncGeneratorProvider, AsyncResult
from providers.errors import ProviderError
from providers.registry import find, providers
from providers.response import FinishReason, ImageResponse, Reasoning, Sources, Value

FAILED = 1
MISUSED = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 for success, 1 for an answer that failed, 2 for misuse."""
    options = _parser().parse_args(arguments)
    if options.command == "list":
        return _list()
    provider = find(options.provider)
    if provider is None:
        print(f"There is no provider {options.provider!r}; see the command list.", file=sys.stderr)
        return MISUSED
    key = os.environ.get(options.api_key_env, "") if options.api_key_env else ""
    if options.api_key_env and not key:
        print(f"The variable {options.api_key_env} is not set.", file=sys.stderr)
        return MISUSED
    with suppress(KeyboardInterrupt):
        return asyncio.run(_ask(_question(provider, options, key)))
    return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m providers", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="name every provider and its models")
    ask = commands.add_parser("ask", help="ask one provider and print its answer as it comes")
    ask.add_argument("provider", help="its name, in any case")
    ask.add_argument("text", help="what to ask")
    ask.add_argument("--model", default="", help="the model; without it the provider's default")
    ask.add_argument("--base-url", help="where to ask instead of the provider's own address")
    ask.add_argument("--proxy", help="an http://, socks4:// or socks5:// proxy")
    ask.add_argument("--api-key-env", metavar="NAME", help="the variable that holds the key")
    ask.add_argument("--timeout", type=float, help="the longest silence, in seconds")
    return parser


def _list() -> int:
    for name, provider in providers().items():
        notes = [] if provider.working else ["not working"]
        notes += ["unofficial"] if provider.unofficial else []
        models = ", ".join(provider.get_models()) or "any model"
        print(f"{name:18}{models}{' (' + ', '.join(notes) + ')' if notes else ''}")
    return 0


def _question(
    provider: type[AsyncGeneratorProvider], options: argparse.Namespace, key: str
) -> AsyncResult:
    return provider.create_async_generator(
        options.model,
        [{"role": "user", "content": options.text}],
        proxy=options.proxy,
        base_url=options.base_url,
        api_key=key or None,
        timeout=options.timeout,
    )


async def _ask(answer: AsyncResult) -> int:
    """Print the answer to standard output and everything about it to standard error."""
    try:
        async with answer:
            async for value in answer:
                _show(value)
    except ProviderError as error:
        print(f"\n{type(error).__name__}: {error}", file=sys.stderr)
        return FAILED
    print(flush=True)
    return 0


def _show(value: Value) -> None:
    if isinstance(value, str):
        print(value, end="", flush=True)
    elif isinstance(value, Reasoning):
        print(value.text, end="", flush=True, file=sys.stderr)
    elif isinstance(value, Sources):
        for number, source in enumerate(value.sources, 1):
            print(f"\n[{number}] {source.title} {source.url}", end="")
    elif isinstance(value, ImageResponse):
        for image in value.images:
            place = image if isinstance(image, str) else f"{len(image)} bytes"
            print(f"\n[picture: {value.alt}] {place[:200]}\n", end="")
    elif isinstance(value, FinishReason):
        print(f"\n({value.reason})", end="", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
