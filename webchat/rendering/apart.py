"""Rendering of whole answers off the event loop."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

LONG = 50_000  # characters: to render as many takes about 50 ms and a megabyte
_turns = ThreadPoolExecutor(1, thread_name_prefix="rendering")


def apart(
    length: int, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
) -> asyncio.Future[T]:
    """Run `function`, which renders a text of `length` characters, in a thread.

    Long texts take turns: Python would not render two of them sooner at once, but needs the memory
    of all it has begun. Short ones do not wait for them.
    """
    work = partial(contextvars.copy_context().run, partial(function, *args, **kwargs))
    loop = asyncio.get_running_loop()
    return loop.run_in_executor(_turns if length > LONG else None, work)
