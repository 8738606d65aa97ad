"""What the log looks like: one line a thing on stderr, for people or, as JSON, for programs."""

import logging
from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.stdlib import ProcessorFormatter

Event = MutableMapping[str, Any]

FORMS = ("line", "json")
BOUND = ("request", "user", "run")
"""What webchat.logs binds, in the order in which a line tells it."""
EXTRAS = {"method", "path", "status", "bytes", "milliseconds", "client", "user", "run"}
"""What lines may say as fields of their own. Not `request`: Django's is all that was asked."""
CONTROLS = {
    code: f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
    for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)
}
"""What a path may hold to end a line and forge the next, or to command a terminal."""


class Plain(logging.Filter):
    """A refused request is one line, not a traceback, and names the setting that we have."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info = record.exc_text = None
        record.msg = str(record.msg).replace("ALLOWED_HOSTS", "ORIGINS")
        return True


def as_line(logger: Any, name: str, event: Event) -> str:
    """`2026-11-20 12:00:00 INFO    webchat.access: GET / -> 200 [request=… user=1]`."""
    bound = " ".join(f"{key}={event[key]}" for key in BOUND if key in event)
    said = str(event["event"]).translate(CONTROLS)
    line = f"{event['timestamp']} {event['level'].upper():<7} {event['logger']}: {said}"
    exception = event.get("exception", "")
    return line + (f" [{bound}]" if bound else "") + (f"\n{exception}" if exception else "")


def _chain(time: str, *, utc: bool) -> list[Any]:
    """What every record goes through, whoever says it."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(EXTRAS),
        structlog.processors.TimeStamper(fmt=time, utc=utc),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]


FORMATTERS: dict[str, dict[str, Any]] = {
    "line": {
        "()": ProcessorFormatter,
        "foreign_pre_chain": _chain("%Y-%m-%d %H:%M:%S", utc=False),
        "processors": [ProcessorFormatter.remove_processors_meta, as_line],
    },
    "json": {
        "()": ProcessorFormatter,
        "foreign_pre_chain": _chain("iso", utc=True),
        "processors": [
            ProcessorFormatter.remove_processors_meta,
            structlog.processors.EventRenamer("message"),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    },
}


def logging_config(level: str, form: str) -> dict[str, Any]:
    """A configuration for `logging.config.dictConfig`; `form` is one of FORMS."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": FORMATTERS,
        "filters": {
            "plain": {"()": Plain},
            "without_secrets": {"()": "webchat.logs.paths.WithoutSecrets"},
        },
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": form,
                "filters": ["without_secrets"],
            }
        },
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
