"""Which network addresses are on the public internet, and which belong to somebody's inside."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

# Python 3.11 calls these global: 6to4 relays, and below the whole of multicast.
_INSIDE_4 = [ip_network(net) for net in ("192.88.99.0/24", "192.0.0.0/24", "224.0.0.0/4")]

# IANA hands out 2000::/3 only; in it stand tunnels that carry an IPv4 address inside (Teredo,
# 6to4), documentation and the closed 6bone.
_PUBLIC_6 = ip_network("2000::/3")
_INSIDE_6 = [
    ip_network(net) for net in ("2001::/23", "2001:db8::/32", "2002::/16", "3ffe::/16", "3fff::/20")
]


def is_public(address: str) -> bool:
    """Whether a numeric address is reachable by everybody. False for what is not an address.

    Mapped addresses count as the IPv4 address they hold; every form of translation (NAT64, 6to4,
    Teredo) is inside, because it may lead there.
    """
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        return _is_public_6(ip) if ip.ipv4_mapped is None else _is_public_4(ip.ipv4_mapped)
    return _is_public_4(ip)


def _is_public_4(ip: IPv4Address) -> bool:
    return ip.is_global and not any(ip in net for net in _INSIDE_4)


def _is_public_6(ip: IPv6Address) -> bool:
    return ip in _PUBLIC_6 and ip.is_global and not any(ip in net for net in _INSIDE_6)
