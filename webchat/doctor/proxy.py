"""Through the front door: what a proxy does to requests, and the line that mends it."""

import http.client
import socket
import ssl
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.templatetags.static import static
from django.utils.translation import gettext as _

from webchat.doctor.finding import Finding, good, warning, wrong
from webchat.doctor.line import FORGED_ADDRESS, FORGED_PATH, Line, Reply, Socket
from webchat.doctor.probe import PIECE_SECONDS, PIECES

PING_MARGIN = 5  # seconds: the server looks every two seconds whether a ping is due
CERTIFICATE_DAYS = 14  # a renewal that has failed once or twice shows
PICTURES, ROOM = 8, 1024 * 1024  # in one form, and what stands around them, in bytes
NO_ANSWER = {502, 503, 504}

Arrived = dict[str, Any]


def examine_proxy(line: Line, *, patience: float) -> Iterator[Finding]:
    """Everything about the way in; each finding as soon as it is known."""
    arrived = None
    for found in _reach(line):
        if isinstance(found, Finding):
            yield found
        else:
            arrived = found
    if arrived is None:
        return
    for check in (_path, _host, _scheme, _address, _root_path, _version, _cookies):
        yield check(line, arrived)
    yield from _tried(_("Certificate"), lambda: _certificate(line))
    yield from _tried(_("Websocket"), lambda: _websocket(line, patience))
    yield from _tried(_("Pieces"), lambda: [_pieces(line)])
    yield from _tried(_("Uploads"), lambda: [_uploads(line)])
    yield from _tried(_("Static files"), lambda: [_static(line)])
    if settings.MEDIA_BY_NGINX:
        yield from _tried(_("Pictures"), lambda: [_pictures(line)])


def _tried(what: str, work: Callable[[], Any]) -> Iterator[Finding]:
    try:
        yield from work()
    except (OSError, http.client.HTTPException) as error:
        yield wrong(what, _("The connection broke: %(error)s") % {"error": error}, _LOOK_AT_LOG)


_LOOK_AT_LOG = "tail /var/log/nginx/error.log"


def _reach(line: Line) -> Iterator[Finding | Arrived]:
    """What arrived of the first request; where nothing did, why."""
    what = _("Address")
    try:
        reply = line.ask(f"{settings.BASE_PATH}/")
    except ssl.SSLCertVerificationError as error:
        says = _("Browsers will not trust the certificate: %(reason)s.")
        yield wrong(
            what, says % {"reason": error.verify_message}, "ssl_certificate … fullchain.pem;"
        )
        return
    except socket.gaierror:
        says = _("Nobody knows the name %(name)s.") % {"name": urlsplit(line.origin).hostname}
        yield wrong(what, says, _("Mend its entry in the DNS, or ORIGINS."))
        return
    except (OSError, http.client.HTTPException) as error:
        says = _("%(origin)s does not answer: %(error)s")
        yield wrong(what, says % {"origin": line.origin, "error": error}, "systemctl start nginx")
        return
    if reply.arrived is None:
        yield _somebody_else(what, line, reply)
        return
    yield good(what, _("%(origin)s leads here.") % {"origin": line.origin})
    yield reply.arrived


def _somebody_else(what: str, line: Line, reply: Reply) -> Finding:
    if reply.status in NO_ANSWER:
        says = _("The proxy answers %(status)d: nobody is behind it, or at another address.")
        unix = settings.HOST.startswith("unix:")
        address = settings.HOST if unix else f"{settings.HOST}:{settings.PORT}"
        cure = f"upstream webchat {{ server {address} max_fails=0; }}"
        return wrong(what, says % {"status": reply.status}, cure)
    if location := reply.headers.get("location", ""):
        says = _("%(origin)s redirects to %(location)s.")
        cure = _("Put the address that people end at first in ORIGINS.")
        return wrong(what, says % {"origin": line.origin, "location": location}, cure)
    says = _(
        "Something answers %(status)d, but not this installation: another program, another "
        "SECRET_KEY, or a page that the proxy kept."
    )
    return wrong(what, says % {"status": reply.status}, "proxy_pass http://webchat;")


def _path(line: Line, arrived: Arrived) -> Finding:
    what, expected = _("Path"), f"{settings.BASE_PATH}/"
    if arrived["path"] == expected:
        return good(what, _("Paths arrive as people ask for them."))
    says = _("%(asked)s arrives as %(path)s: the proxy changes the path.")
    cure = "proxy_pass http://webchat;"
    return wrong(what, says % {"asked": expected, "path": arrived["path"]}, cure)


def _host(line: Line, arrived: Arrived) -> Finding:
    what, seen = _("Host"), arrived["headers"].get("host", "")
    expected = urlsplit(line.origin).netloc
    if seen == expected:
        return good(what, _("The name that people type arrives."))
    says = _("People ask for %(expected)s, but %(seen)s arrives.")
    cure = "proxy_set_header Host $http_host;"
    return wrong(what, says % {"expected": expected, "seen": seen or "–"}, cure)


def _scheme(line: Line, arrived: Arrived) -> Finding:
    what, seen = _("Scheme"), arrived["headers"].get("x-forwarded-proto", "")
    expected = urlsplit(line.origin).scheme
    if not settings.TRUSTED_PROXIES:
        return _without_proxies(what, expected, seen)
    if seen == expected:
        return good(what, _("Whether people come by https arrives, and cannot be forged."))
    says = _("People come by %(expected)s, but %(seen)s arrives.")
    cure = "proxy_set_header X-Forwarded-Proto $scheme;"
    return wrong(what, says % {"expected": expected, "seen": seen or "–"}, cure)


def _without_proxies(what: str, expected: str, seen: str) -> Finding:
    """Without TRUSTED_PROXIES our own forged header must arrive: nobody stands in between."""
    if expected == "http" and seen == "forged":
        return good(what, _("No proxy stands in front, and none is trusted."))
    says = _("A proxy stands in front, but TRUSTED_PROXIES is 0, so that all people are one.")
    return wrong(what, says, "TRUSTED_PROXIES=1")


def _address(line: Line, arrived: Arrived) -> Finding:
    what, proxies = _("Addresses of people"), settings.TRUSTED_PROXIES
    if not proxies:
        return good(what, _("They come from the connection itself."))
    chain = [each.strip() for each in arrived["headers"].get("x-forwarded-for", "").split(",")]
    believed = chain[-proxies] if len(chain) >= proxies else ""
    if believed and believed != FORGED_ADDRESS:
        return good(what, _("They arrive, and cannot be forged."))
    if 0 < len(chain) < proxies and all(chain) and FORGED_ADDRESS not in chain:
        return _one_of_several(what, proxies, len(chain))
    says = (
        _("Anybody can claim any address, and escape the limit on sign-ins.")
        if believed
        else _("They do not arrive, so that one person's failed sign-ins lock out everybody.")
    )
    return wrong(what, says, "proxy_set_header X-Forwarded-For $remote_addr;")


def _one_of_several(what: str, proxies: int, sent: int) -> Finding:
    """Our nginx sets one address; that of a proxy before it must be replaced there."""
    says = _("TRUSTED_PROXIES is %(proxies)d, but the number of addresses that arrive is %(sent)d.")
    cure = _(
        "In nginx, for the proxy before it: set_real_ip_from ITS-ADDRESS; real_ip_header "
        "X-Forwarded-For; and here TRUSTED_PROXIES=%(sent)d"
    )
    told = {"proxies": proxies, "sent": sent}
    return wrong(what, says % told, cure % told)


def _root_path(line: Line, arrived: Arrived) -> Finding:
    what = "Daphne-Root-Path"
    if arrived["root_path"] != FORGED_PATH or not settings.TRUSTED_PROXIES:
        return good(what, _("Nobody else can say where the site begins."))
    says = _("The proxy passes on a header that only it may set. It does no harm today.")
    return warning(what, says, 'proxy_set_header Daphne-Root-Path "";')


def _version(line: Line, arrived: Arrived) -> Finding:
    what = _("HTTP version")
    if arrived["http_version"] != "1.0":
        return good(
            what, _("The proxy speaks HTTP/%(version)s.") % {"version": arrived["http_version"]}
        )
    says = _("The proxy speaks HTTP/1.0, which knows no websockets.")
    return wrong(what, says, "proxy_http_version 1.1;")


def _cookies(line: Line, arrived: Arrived) -> Finding:
    what = _("Cookies")
    if "cookie" in arrived["headers"]:
        return good(what, _("They arrive."))
    says = _("They do not arrive, so that nobody can sign in.")
    return wrong(what, says, "proxy_set_header Cookie $http_cookie;")


def _certificate(line: Line) -> Iterator[Finding]:
    days, what = line.certificate_days(), _("Certificate")
    if days is None:
        return
    if days > CERTIFICATE_DAYS:
        yield good(what, _("It is good for %(days)d days more.") % {"days": days})
    else:
        says = _("It ends in %(days)d days, and nothing has renewed it.") % {"days": days}
        yield warning(what, says, "certbot renew")


def _websocket(line: Line, patience: float) -> Iterator[Finding]:
    what = _("Websocket")
    with line.socket(f"{settings.BASE_PATH}/ws/") as opened:
        if isinstance(opened, Reply):
            yield _not_upgraded(what, opened)
            return
        arrived = opened.hear()
        yield good(what, _("It opens."))
        yield _origin(arrived)
        yield _silence(opened, patience)


def _not_upgraded(what: str, reply: Reply) -> Finding:
    arrived = reply.arrived
    says = _("The proxy does not pass on the wish for one, so answers come the slow way.")
    if arrived is not None:
        return wrong(what, says, "proxy_set_header Upgrade $http_upgrade;")
    if reply.status == http.client.BAD_REQUEST:  # the server's own word about half a wish
        return wrong(what, says, 'proxy_set_header Connection "upgrade";')
    says = _("Something on the way answers %(status)d instead of opening it.")
    cure = "location ~ /ws/$ { proxy_pass http://webchat; }"
    return wrong(what, says % {"status": reply.status}, cure)


def _origin(arrived: Arrived) -> Finding:
    what, seen = _("Origin"), arrived["headers"].get("origin", "")
    if arrived["welcome"]:
        return good(what, _("The site's own pages may open sockets."))
    says = _("A socket of the page would be refused: it seems to come from %(seen)s.")
    if not seen:
        return wrong(what, says % {"seen": "–"}, "proxy_set_header Origin $http_origin;")
    return wrong(what, says % {"seen": seen}, f"ORIGINS={seen}")


def _silence(opened: Socket, patience: float) -> Finding:
    what, lasted = _("Silence"), opened.silent_seconds(patience)
    if lasted >= patience:
        return good(
            what, _("A silent socket stays open for %(seconds)d seconds.") % {"seconds": lasted}
        )
    says = _("A silent socket is cut after %(seconds)d seconds; the page reconnects all the time.")
    return wrong(what, says % {"seconds": round(lasted)}, "proxy_read_timeout 75s;")


def _pieces(line: Line) -> Finding:
    what = _("Pieces")
    if line.spread(f"{settings.BASE_PATH}/") > PIECES * PIECE_SECONDS / 2:
        return good(what, _("What is sent in pieces arrives in pieces."))
    return warning(
        what, _("The proxy holds answers back until they are whole."), "proxy_buffering off;"
    )


def _uploads(line: Line) -> Finding:
    what, size = _("Uploads"), settings.UPLOAD_MAX_BYTES + ROOM
    if line.takes(f"{settings.BASE_PATH}/media/", size):
        return good(
            what,
            _("Pictures of %(size)d MB pass.") % {"size": settings.UPLOAD_MAX_BYTES // 1_000_000},
        )
    limit = (PICTURES * settings.UPLOAD_MAX_BYTES + ROOM) // 1_000_000 + 1
    says = _("The proxy refuses pictures that the site would take.")
    return wrong(what, says, f"client_max_body_size {limit}m;")


def _static(line: Line) -> Finding:
    what, address = _("Static files"), urlsplit(static("css/base.css")).path
    plain = Line(line.origin, line.trusted, secrets={})  # the probe would answer for the file
    reply = plain.ask(address)
    if reply.status != http.client.OK or not reply.body:
        says = _("They do not arrive (%(status)d), so that the pages have no looks.")
        cure = f"location {settings.STATIC_URL} {{ alias {settings.STATIC_ROOT}/; }}"
        return wrong(what, says % {"status": reply.status}, cure)
    if "immutable" not in reply.headers.get("cache-control", ""):
        says = _("Browsers ask for them again and again.")
        cure = 'add_header Cache-Control "public, max-age=31536000, immutable";'
        return warning(what, says, cure)
    return good(what, _("They arrive, and browsers keep them."))


def _pictures(line: Line) -> Finding:
    """The proxy finds and may read what lies in the folder of the pictures."""
    what, content = _("Pictures"), uuid4().hex.encode()
    name = default_storage.save(
        f"media/{content[-2:].decode()}/{content.decode()}", ContentFile(content)
    )
    try:
        reply = line.ask(f"{settings.BASE_PATH}/?picture={name.removeprefix('media/')}")
    finally:
        default_storage.delete(name)
    if reply.body == content:
        return good(what, _("The proxy hands them out."))
    says = _("The proxy does not find them, or may not read them (%(status)d).")
    cure = f"alias {settings.MEDIA_ROOT}/media/$webchat_file;"
    return wrong(what, says % {"status": reply.status}, cure)
