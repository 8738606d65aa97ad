"""What the text of a setting may be. Each parser returns the value or raises ValueError.

The error's text goes on after the setting's name, so that both make one sentence.
"""

import re
import zoneinfo
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from cryptography.fernet import Fernet

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}
DEFAULT_PORTS = {"http": 80, "https": 443}
UNITS = {"": 1, "k": 1000, "m": 1000**2, "g": 1000**3, "ki": 1024, "mi": 1024**2, "gi": 1024**3}


def text(value: str) -> str:
    return value.strip()


def boolean(value: str) -> bool:
    word = value.strip().lower()
    if word not in TRUE | FALSE:
        raise ValueError(f"must be true or false, not {value!r}")
    return word in TRUE


def number(low: int, high: int) -> Callable[[str], int]:
    """A parser of whole numbers from `low` to `high`, both included."""

    def parse(value: str) -> int:
        digits = value.strip().replace("_", "")
        if not digits.isdecimal() or not low <= int(digits) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}, not {value!r}")
        return int(digits)

    return parse


def seconds(low: float, high: float) -> Callable[[str], float]:
    """A parser of seconds from `low` to `high`, both included, with or without a fraction."""

    def parse(value: str) -> float:
        text = value.strip()
        if not re.fullmatch(r"\d+(\.\d+)?", text) or not low <= float(text) <= high:
            raise ValueError(f"must be seconds from {low:g} to {high:g}, not {value!r}")
        return float(text)

    return parse


def size(value: str) -> int:
    """Bytes, written plainly (`20971520`) or with a unit (`20MB`, `20MiB`)."""
    match = re.fullmatch(r"(\d[\d_]*)\s*([kmg]i?)?b?", value.strip().lower())
    if not match:
        raise ValueError(f"must be a size such as 20MiB, not {value!r}")
    return int(match[1].replace("_", "")) * UNITS[match[2] or ""]


def one_of(*choices: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        for choice in choices:
            if choice.lower() == value.strip().lower():
                return choice
        raise ValueError(f"must be one of {', '.join(choices)}, not {value!r}")

    return parse


def path(value: str) -> Path:
    return Path(value.strip()).expanduser()


def secret_key(value: str) -> str:
    if len(value) < 50 or len(set(value)) < 5:
        raise ValueError("must be at least 50 characters of chance")
    return value


def host(value: str) -> str:
    """An address to listen at, or `unix:` and the path of a socket."""
    address = value.strip()
    if address.startswith("unix:") and not re.fullmatch(r"unix:/[^:\\]+", address):
        raise ValueError(f"must name its socket by a whole path, unix:/path, not {value!r}")
    return address


def token(value: str) -> str:
    """What a program says to be let in; long enough that nobody guesses it."""
    if not re.fullmatch(r"[A-Za-z0-9._~+/=-]{20,}", value):
        raise ValueError(
            "must be at least 20 letters, digits or other characters of a bearer token"
        )
    return value


def fernet_keys(value: str) -> list[str]:
    """Keys as `cryptography` makes them, the one that encrypts first."""
    keys = [key.strip() for key in value.split(",") if key.strip()]
    for place, key in enumerate(keys, start=1):
        try:
            Fernet(key)
        except ValueError:
            raise ValueError(
                f"must be Fernet keys (32 bytes in URL-safe base64) with commas between them; "
                f"key {place} is none"
            ) from None
    return keys


def web_address(value: str) -> str:
    """An address a client asks, without the slash at its end."""
    address = value.strip().rstrip("/")
    parts = urlsplit(address)
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise ValueError("must be an address that begins with http:// or https://")
    if "@" in parts.netloc:
        raise ValueError("must hold no name and no password: a secret belongs into the key")
    if parts.query or parts.fragment:
        raise ValueError('must hold no "?" and no "#"')
    return address


def issuer(value: str) -> str:
    """The address an identity provider calls itself by; in the clear on this computer only."""
    address = web_address(value)
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
        raise ValueError("must begin with https://")
    return address


def web_addresses(value: str) -> dict[str, str]:
    """Addresses by name: `Koala=http://127.0.0.1:9104, Websim=http://127.0.0.1:9103`."""
    found: dict[str, str] = {}
    for pair in value.split(","):
        name, equals, address = pair.partition("=")
        if not equals or not name.strip():
            raise ValueError("must be pairs like Koala=https://example.org with commas between")
        found[name.strip()] = web_address(address)
    return found


def origin(value: str) -> str:
    """A scheme, host and port as a browser sends them in `Origin` (RFC 6454, section 6.2)."""
    parts = urlsplit(value.strip().rstrip("/"))
    try:
        port = parts.port
    except ValueError:
        port = -1
    rest = parts.path or parts.query or parts.fragment or parts.username
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or rest or port == -1:
        raise ValueError(f"must be like https://chat.example.org, without a path, not {value!r}")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    shown = "" if port in (None, DEFAULT_PORTS[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{host}{shown}"


def origins(value: str) -> list[str]:
    return [origin(one) for one in value.split(",") if one.strip()]


def base_path(value: str) -> str:
    """`/chat` for any way to write it; empty for the root."""
    inner = value.strip().strip("/")
    if inner and not re.fullmatch(r"[A-Za-z0-9._~-]+(/[A-Za-z0-9._~-]+)*", inner):
        raise ValueError(f"must be a path such as /chat, not {value!r}")
    return f"/{inner}" if inner else ""


def redis_address(value: str) -> str:
    address = value.strip()
    if urlsplit(address).scheme not in {"redis", "rediss", "unix"}:
        raise ValueError("must be an address that begins with redis://, rediss:// or unix://")
    if not find_spec("redis"):
        raise ValueError("needs the package redis: run .venv/bin/pip install redis")
    return address


def database(value: str) -> dict[str, Any]:
    """The settings of a SQLite or PostgreSQL database, as Django wants them."""
    try:
        config = dict(dj_database_url.parse(value.strip()))
    except ValueError:
        raise ValueError(
            "is not an address of a database: it begins with sqlite:/// or postgres:// and "
            "special characters of the password are percent-encoded"
        ) from None
    engine = str(config.get("ENGINE"))
    if engine not in {"django.db.backends.sqlite3", "django.db.backends.postgresql"}:
        raise ValueError("must begin with sqlite:/// or postgres://")
    if engine.endswith("postgresql") and not find_spec("psycopg_pool"):
        raise ValueError(
            "needs the package psycopg: run .venv/bin/pip install 'psycopg[binary,pool]'"
        )
    return config


def time_zone(value: str) -> str:
    name = value.strip()
    if name not in zoneinfo.available_timezones():
        raise ValueError(f"must be a name such as Europe/Berlin, not {value!r}")
    return name
