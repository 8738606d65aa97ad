"""What an endpoint's address, proxy, headers and options may be. All raise ValidationError."""

import json
import re
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from providers.errors import RequestRejected
from providers.proxy import check_proxy

HEADERS_MAX = 20
HEADER_MAX_CHARS = 4096  # what common servers take for one line

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # a token of RFC 9110
_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?")

# They say how a message is framed or where it goes, which is the client's own business.
_OURS = {
    "accept-encoding", "connection", "content-encoding", "content-length", "content-type", "expect",
    "host", "keep-alive", "proxy-authorization", "te", "trailer", "transfer-encoding", "upgrade",
}  # fmt: skip

# What a provider is called with besides the options.
_TAKEN = {"model", "messages", "proxy", "base_url", "api_key", "headers", "timeout"}


def check_base_url(address: str) -> None:
    """A web address, without a password in it: the place of a secret is the key."""
    parts = _web_address(address)
    if parts is None:
        raise ValidationError(
            _("This is not a web address that begins with http:// or https://."), code="base_url"
        )
    if "@" in parts.netloc:
        raise ValidationError(
            _("The address holds a name or a password. Put the secret into the key."),
            code="credentials",
        )
    if parts.query or parts.fragment:
        raise ValidationError(_("The address may hold no “?” and no “#”."), code="base_url")


def _web_address(address: str) -> SplitResult | None:
    """The parts of what can be asked by HTTP; None for everything else."""
    if re.search(r"\s", address) or not address.isprintable():
        return None
    try:
        parts = urlsplit(address)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if good else None


def check_proxy_address(proxy: str) -> None:
    """The address of a proxy; the message never quotes it, because it may hold a password."""
    try:
        check_proxy(proxy)
    except RequestRejected as error:
        raise ValidationError(_(error.message), code="proxy") from None


def check_key(key: str) -> None:
    """What fits into a header; the message never quotes it."""
    if not re.fullmatch(r"[\x21-\x7e]+", key):
        raise ValidationError(
            _("The key holds spaces or characters that cannot be sent."), code="key"
        )


def check_headers(headers: Any) -> None:
    """A dictionary of names and values that can be sent; no message quotes a value."""
    if not isinstance(headers, dict):
        raise ValidationError(
            _('Write the headers as a JSON object: {"Name": "value"}.'), code="headers"
        )
    if len(headers) > HEADERS_MAX:
        raise ValidationError(
            _("At most %(limit)d headers can be sent.") % {"limit": HEADERS_MAX}, code="headers"
        )
    for name, value in headers.items():
        _check_header(name, value)
    if len({name.lower() for name in headers}) < len(headers):
        raise ValidationError(_("A header is named twice."), code="headers")


def _check_header(name: str, value: Any) -> None:
    said = {"name": name[:40]}
    if not _NAME.fullmatch(name):
        raise ValidationError(_("“%(name)s” cannot be the name of a header.") % said, code="name")
    if name.lower() in _OURS:
        raise ValidationError(
            _("Webchat sets the header “%(name)s” itself.") % said, code="reserved"
        )
    if not isinstance(value, str) or len(value) > HEADER_MAX_CHARS or not _VALUE.fullmatch(value):
        raise ValidationError(
            _("The value of the header “%(name)s” cannot be sent: it has to be one line of text.")
            % said,
            code="value",
        )


def check_options(options: Any) -> None:
    """Further keywords of the provider."""
    if not isinstance(options, dict):
        raise ValidationError(
            _('Write the options as a JSON object: {"temperature": 0.7}.'), code="options"
        )
    try:
        written = json.dumps(options, allow_nan=False, ensure_ascii=False).encode()
    except ValueError:  # no number, or half a character
        written = b"\\u0000"
    if b"\\u0000" in written:
        raise ValidationError(
            _("The options hold something that cannot be stored or sent."), code="options"
        )
    if taken := sorted(_TAKEN & options.keys()):
        raise ValidationError(
            _("“%(name)s” is no option; it has a field of its own.") % {"name": taken[0]},
            code="options",
        )
