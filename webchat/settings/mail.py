"""The server that takes our mail, as one address: `smtp+tls://user:password@host:587`."""

from dataclasses import dataclass, field
from email.headerregistry import Address
from email.utils import parseaddr
from urllib.parse import unquote, urlsplit

PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
"""What a scheme means: in the clear, STARTTLS, and TLS from the first byte on."""


@dataclass(frozen=True)
class MailServer:
    scheme: str
    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)


def mail_server(value: str) -> MailServer:
    """Read an address. Raises ValueError with the end of a sentence, never with the password."""
    parts = urlsplit(value.strip())
    rest = parts.path.strip("/") or parts.query or parts.fragment
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in PORTS or not parts.hostname or rest or port == -1:
        raise ValueError(
            "must begin with smtp+tls://, smtps:// or smtp:// and name a host; "
            "special characters of the password are percent-encoded"
        )
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if not (user + password).isascii():
        raise ValueError("has a name or a password with letters that Python's smtplib cannot send")
    return MailServer(parts.scheme, parts.hostname, port or PORTS[parts.scheme], user, password)


def mail_address(value: str) -> str:
    """`chat@example.org` or `Our chat <chat@example.org>`."""
    name, address = parseaddr(value.strip())
    try:
        return str(Address(display_name=name, addr_spec=address))
    except (ValueError, IndexError):
        raise ValueError(f"must be an address such as chat@example.org, not {value!r}") from None


def sender(given: str, server: MailServer | None, host: str) -> str:
    """Who the mail is from: as set, else the account's own address, else a likely one."""
    if given or server is None:
        return given
    return server.user if "@" in server.user else f"webchat@{host}"
