"""What a page may load and do: the Content-Security-Policy and its companions."""

from typing import Any

from csp.constants import NONE, SELF

# Every page but those of the administration.
DIRECTIVES: dict[str, Any] = {
    "default-src": [NONE],
    "script-src": [SELF],
    "style-src": [SELF],
    "font-src": [SELF],
    "manifest-src": [SELF],
    "connect-src": [SELF],
    "img-src": [SELF, "blob:"],
    "form-action": [SELF],
    "frame-ancestors": [NONE],
    "base-uri": [NONE],
    "require-trusted-types-for": ["'script'"],
    "trusted-types": ["webchat"],
}


# jQuery, which Django's own administration brings, cannot live with Trusted Types.
ADMIN_DIRECTIVES: dict[str, Any] = {
    "default-src": [NONE],
    "script-src": [SELF],
    "style-src": [SELF],
    "connect-src": [SELF],
    "img-src": [SELF, "data:"],
    "form-action": [SELF],
    "frame-ancestors": [NONE],
    "base-uri": [NONE],
}

PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "browsing-topics",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "usb",
    )
)

BARE_HEADERS = [
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", PERMISSIONS_POLICY.encode()),
]
"""For what is answered before Django's middleware can say more."""
