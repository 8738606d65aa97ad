"""Servers of the standard library, in a thread of their own while a block lasts."""

import socketserver
import threading
from types import TracebackType
from typing import Self


class InThread(socketserver.BaseServer):
    """Serves from the beginning of a `with` block to its end."""

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.shutdown()
        self.server_close()
