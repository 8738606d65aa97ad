"""Websockets to the upstreams: the only file that knows the websockets package.

What goes wrong leaves as a `ProviderError`, whatever the package or a proxy raised.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import NoReturn

from websockets.asyncio import client
from websockets.exceptions import (
    ConnectionClosed,
    InvalidProxy,
    InvalidStatus,
    InvalidURI,
    ProxyError,
    WebSocketException,
)
from websockets.typing import Data

from providers.errors import (
    ProviderError,
    RequestRejected,
    Timeout,
    Unavailable,
    UnexpectedResponse,
)
from providers.http import error_for_status, ssl_context
from providers.proxy import check_proxy
from providers.timeouts import Timeouts

# A cumulative answer comes whole in every frame, each character of another alphabet as six bytes
# of JSON: this holds an answer of 700 000 characters, ten times what any model writes at once.
MAX_FRAME_BYTES = 4 * 1024 * 1024

# A server that does not answer our goodbye gets no longer than this before the line is cut.
CLOSE_TIMEOUT = 1.0

_TOO_LARGE = 1009

# The package logs every frame at DEBUG; conversations do not belong in a log.
_LOGGER = logging.getLogger("providers.websocket.wire")
_LOGGER.setLevel(logging.INFO)


class WebSocket:
    """One open websocket that carries text."""

    def __init__(self, connection: client.ClientConnection, timeouts: Timeouts) -> None:
        self._connection = connection
        self._timeouts = timeouts

    async def send(self, text: str) -> None:
        """Send one text frame."""
        try:
            async with asyncio.timeout(self._timeouts.write):
                await self._connection.send(text)
        except ConnectionClosed as error:
            _raise_closed(error)
        except TimeoutError as error:
            raise Timeout(detail="websocket: sending took too long") from error

    async def receive(self, within: float) -> str:
        """The next text frame. Raises Timeout when none comes for `within` seconds."""
        try:
            async with asyncio.timeout(within):
                data: Data = await self._connection.recv()
        except ConnectionClosed as error:
            _raise_closed(error)
        except TimeoutError as error:
            raise Timeout(detail=f"websocket: silent for {within:g} s") from error
        if isinstance(data, bytes):
            raise UnexpectedResponse(detail=f"websocket: a binary frame ({len(data)} bytes)")
        return data


class _Connect(client.connect):
    """Follows no redirect: cookies and words are for the host they were meant for."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


@asynccontextmanager
async def connect(
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    proxy: str | None = None,
    timeouts: Timeouts | None = None,
) -> AsyncIterator[WebSocket]:
    """An open websocket to `url` (ws or wss); nothing of it is left when the block ends.

    Cookies are a header like any other. Raises ProviderError when it cannot be opened.
    """
    timeouts = timeouts or Timeouts()
    connection = await _open(url, headers or {}, check_proxy(proxy), timeouts)
    try:
        yield WebSocket(connection, timeouts)
    finally:
        try:
            await connection.close()
        finally:
            connection.transport.abort()  # does nothing to a line that is closed already


async def _open(
    url: str, headers: Mapping[str, str], proxy: str | None, timeouts: Timeouts
) -> client.ClientConnection:
    try:
        return await _Connect(
            url,
            additional_headers=dict(headers),
            user_agent_header=None,
            proxy=proxy,
            ssl=ssl_context() if url.startswith("wss:") else None,
            compression=None,  # fragments are short, and CPU is what a relay runs out of
            open_timeout=timeouts.connect,
            close_timeout=CLOSE_TIMEOUT,
            ping_interval=None,  # Engine.IO has a heartbeat of its own
            max_size=MAX_FRAME_BYTES,
            logger=_LOGGER,
        )
    except (OSError, EOFError, WebSocketException) as error:
        # What these two say quotes the address, and a proxy's may hold a password.
        quotes = isinstance(error, InvalidURI | InvalidProxy)
        raise _meaning(error) from (None if quotes else error)


def _meaning(error: Exception) -> ProviderError:
    """What an opening that failed means."""
    detail = f"websocket: {type(error).__name__}"
    if isinstance(error, InvalidStatus) and error.response.status_code >= 300:
        response = error.response
        headers = dict(response.headers.raw_items())
        return error_for_status(response.status_code, headers, bytes(response.body))
    if isinstance(error, InvalidURI | InvalidProxy):
        return RequestRejected(
            "The address of the provider or of its proxy cannot be read.", detail=detail
        )
    if isinstance(error, TimeoutError):
        return Timeout(detail=detail)
    if isinstance(error, ProxyError):
        return Unavailable("The proxy did not let the request through.", detail=detail)
    if isinstance(error, OSError | EOFError):
        return Unavailable(detail=detail)
    if isinstance(error.__cause__, OSError | EOFError):
        return Unavailable("The provider broke the connection off.", detail=detail)
    return UnexpectedResponse(detail=detail)


def _raise_closed(error: ConnectionClosed) -> NoReturn:
    if error.sent is not None and error.sent.code == _TOO_LARGE:
        raise UnexpectedResponse(
            "The provider sent a piece that is too large to be part of an answer.",
            detail=f"websocket: a frame over {MAX_FRAME_BYTES} bytes",
        ) from error
    code = error.rcvd.code if error.rcvd is not None else "no close frame"
    raise Unavailable(
        "The provider broke the connection off.", detail=f"websocket: closed ({code})"
    ) from error
