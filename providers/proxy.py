"""Proxy addresses: checked in one place, so that a typing error reads the same everywhere."""

from urllib.parse import urlsplit

from providers.errors import RequestRejected

SCHEMES = ("http", "https", "socks4", "socks4a", "socks5", "socks5h")


def check_proxy(proxy: str | None) -> str | None:
    """The proxy's address as it was given, or None where there is none.

    Raises RequestRejected naming what is wrong; the address itself may hold a password and is
    never part of the message.
    """
    if not proxy:
        return None
    try:
        parts = urlsplit(proxy)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise _unusable("its port or host cannot be read") from error
    if parts.scheme.lower() not in SCHEMES:
        raise _unusable("it has to begin with " + ", ".join(f"{name}://" for name in SCHEMES))
    if not host:
        raise _unusable("it names no host")
    return proxy


def _unusable(reason: str) -> RequestRejected:
    return RequestRejected(f"The proxy setting cannot be used: {reason}.", detail="proxy setting")
