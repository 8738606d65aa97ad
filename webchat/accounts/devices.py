"""What kind of device a browser says it runs on, in words for people."""

BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
"""What stands in the header, the more particular first: most name others as well."""


def device(user_agent: str) -> tuple[str, str]:
    """Browser and system; empty where the header names none that is known."""
    return _first(user_agent, BROWSERS), _first(user_agent, SYSTEMS)


def _first(text: str, known: tuple[tuple[str, str], ...]) -> str:
    return next((name for sign, name in known if sign in text), "")
