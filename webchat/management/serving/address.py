"""The address to listen at."""

import errno
import socket

REASONS = {
    errno.EADDRINUSE: (
        "Port {port} is taken: another program, perhaps another Webchat, listens there. "
        "Stop it, or choose another port: make run PORT={other}"
    ),
    errno.EACCES: (
        "Port {port} may not be used by this account. Choose one above 1023: make run PORT={other}"
    ),
    errno.EADDRNOTAVAIL: (
        "HOST={host} is not an address of this computer. "
        "127.0.0.1 serves this computer alone, 0.0.0.0 every network it is in."
    ),
}


class AddressProblem(Exception):
    """Nobody can listen there; `str()` of it says why and what to do."""


def check_address(host: str, port: int) -> None:
    """See that the port is free, before the slow part of the start. Raises AddressProblem."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            # As the server itself does: a port that waits for stragglers counts as free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        if isinstance(error, socket.gaierror):
            error.errno = errno.EADDRNOTAVAIL
        reason = REASONS.get(error.errno or 0, "{host}:{port} cannot be used: {error}")
        other = port + 1 if 1023 < port < 65535 else 8000
        raise AddressProblem(
            reason.format(host=host, port=port, other=other, error=error.strerror)
        ) from None
