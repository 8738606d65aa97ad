"""The bare Python pipe: a websocket server that hands on what the upstream says, and nothing else.

No page, no rendering, no memory of anything: the least that any server in Python can cost, measured
in the same run as the product because absolute times on a busy machine mean little. Started as
`python -m benchmarks.pipe UPSTREAM_PORT`; prints its port and ends with its standard input.
"""

import asyncio
import json
import sys

from websockets.asyncio.server import ServerConnection, serve


async def ask(port: int, wish: str, socket: ServerConnection) -> None:
    """Send each event of the upstream's answer as one frame, the last one `[DONE]`."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = wish.encode()
    writer.write(
        b"POST /v1/chat/completions HTTP/1.1\r\nHost: upstream\r\nContent-Length: %d\r\n\r\n%s"
        % (len(body), body)
    )
    try:
        while line := await reader.readline():
            if line.startswith(b"data: "):
                data = line[6:-1].decode()
                await socket.send(data)
                if data == "[DONE]":
                    return
    finally:
        writer.close()


async def main(upstream: int) -> None:
    async def answer(socket: ServerConnection) -> None:
        async for message in socket:
            wish = json.loads(message)
            messages = [{"role": "user", "content": wish["text"]}]
            await ask(upstream, json.dumps({"model": wish["model"], "messages": messages}), socket)

    async with serve(answer, "127.0.0.1", 0, compression=None) as server:
        print(next(iter(server.sockets)).getsockname()[1], flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
