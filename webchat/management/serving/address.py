"""The address to listen at."""

import errno
import socket
from pathlib import Path

UNIX = "unix:"
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


def socket_path(host: str) -> str | None:
    """The path of the Unix socket that HOST names; None where it is an address."""
    return host.removeprefix(UNIX) if host.startswith(UNIX) else None


def check_address(host: str, port: int) -> None:
    """See that it is free, before the slow part of the start. Raises AddressProblem."""
    if (path := socket_path(host)) is not None:
        _check_socket(Path(path))
    else:
        _check_port(host, port)


def _check_socket(path: Path) -> None:
    """What a process left there that was killed is removed: nobody listens to it."""
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(str(path))
    except FileNotFoundError:
        if not path.parent.is_dir():
            raise AddressProblem(f"HOST={UNIX}{path}: there is no folder {path.parent}.") from None
        return
    except ConnectionRefusedError:
        path.unlink(missing_ok=True)
        return
    except OSError as error:
        raise AddressProblem(f"HOST={UNIX}{path} cannot be used: {error.strerror}") from None
    raise AddressProblem(
        f"HOST={UNIX}{path} is taken: another program, perhaps another Webchat, listens there."
    )


def _check_port(host: str, port: int) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
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
