"""Where a request comes from: for the log, the audit, the sessions and the limits of sign-ins."""

import ipaddress

from django.conf import settings

UNKNOWN = "-"


def client_address(said: str, peer: str) -> str:
    """The address of who asks, as far as TRUSTED_PROXIES lets us know; else UNKNOWN.

    `said` is the whole of X-Forwarded-For, `peer` who the connection is from. Where fewer proxies
    said something than are trusted, the nearest one stands for all who come by it.
    """
    chain = said.split(",")
    count = settings.TRUSTED_PROXIES
    address = chain[-count] if 0 < count <= len(chain) and chain[-count].strip() else peer
    try:
        return str(ipaddress.ip_address(_without_port(address.strip())))
    except ValueError:
        return UNKNOWN


def _without_port(address: str) -> str:
    """Some proxies add the port, an IPv6 address then stands in brackets."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    host, _colon, _port = address.partition(":")
    return host if address.count(":") == 1 else address
