"""What the log looks like: one line a thing on stderr, with time, level and who says it."""

import logging
from typing import Any


class Plain(logging.Filter):
    """A refused request is one line, not a traceback, and names the setting that we have."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info = record.exc_text = None
        record.msg = str(record.msg).replace("ALLOWED_HOSTS", "ORIGINS")
        return True


def logging_config(level: str) -> dict[str, Any]:
    """A configuration for `logging.config.dictConfig`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "format": "%(asctime)s %(levelname)-7s %(name)s: %(message)s",
                "datefmt": "%Y-%m-%d %H:%M:%S",
            }
        },
        "filters": {"plain": {"()": Plain}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Django has handlers of its own for a console and for mail; ours says it once.
            "django": {"handlers": [], "propagate": True, "level": level},
            # A page that is not there is in the access lines already.
            "django.request": {"level": "ERROR"},
            "django.security.DisallowedHost": {"filters": ["plain"]},
            "django.server": {"handlers": [], "propagate": True},
            # Below this level it tells every statement, with what people wrote in it.
            "django.db.backends": {"level": "INFO"},
            # Likewise everything a template was given.
            "django.template": {"level": "INFO"},
            # These tell every connection and header at their lower levels.
            "daphne": {"level": "WARNING"},
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
            "websockets": {"level": "WARNING"},
            "asyncio": {"level": "WARNING"},
            "PIL": {"level": "WARNING"},
        },
    }
