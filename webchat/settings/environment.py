# ruff: noqa: RUF009  (it does not see that `setting` makes fields)
"""The settings people may change: read from the environment and `.env`, checked, all at once."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from environs import FileAwareEnv

from webchat.settings import parsers
from webchat.settings.logs import FORMS
from webchat.settings.mail import MailServer, mail_address, mail_server

LANGUAGES = [("en", "English"), ("ru", "Русский")]
HOUR = 3600


class SettingsError(ImproperlyConfigured):
    """One or more settings are not right; `str()` of it is what the operator reads."""

    def __init__(self, problems: list[str]) -> None:
        lines = "\n".join(f"  {problem}" for problem in problems)
        super().__init__(
            f"These settings are not right:\n\n{lines}\n\n"
            "They come from the environment and from .env; "
            "docs/configuration.md explains each of them."
        )
        self.problems = problems


def setting(
    parse: Callable[[str], Any], default: Any, *, example: str, secret: bool = False
) -> Any:
    """A field of Environment: how its text is read and what stands in the error's example."""
    return field(
        default_factory=lambda: default,
        metadata={"parse": parse, "example": example, "secret": secret},
    )


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Every setting with its default. None stands for "worked out from the others"."""

    DATA_DIR: Path = setting(parsers.path, Path("data"), example="/var/lib/webchat")
    SECRET_KEY: str | None = setting(
        parsers.secret_key, None, example="(50 random characters)", secret=True
    )
    FIELD_KEYS: list[str] | None = setting(
        parsers.fernet_keys, None, example="(printed by manage.py make_key)", secret=True
    )
    DATABASE_URL: dict[str, Any] | None = setting(
        parsers.database, None, example="postgres://webchat:password@127.0.0.1/webchat", secret=True
    )
    REDIS_URL: str = setting(
        parsers.redis_address, "", example="redis://127.0.0.1:6379/0", secret=True
    )
    HOST: str = setting(parsers.host, "127.0.0.1", example="127.0.0.1")
    PORT: int = setting(parsers.number(1, 65535), 8000, example="8000")
    ORIGINS: list[str] | None = setting(parsers.origins, None, example="https://chat.example.org")
    BASE_PATH: str = setting(parsers.base_path, "", example="/chat")
    TRUSTED_PROXIES: int = setting(parsers.number(0, 10), 0, example="1")
    SECURE: bool | None = setting(parsers.boolean, None, example="true")
    OPENAI_BASE_URL: str = setting(parsers.web_address, "", example="http://127.0.0.1:11434/v1")
    OPENAI_API_KEY: str = setting(parsers.text, "", example="sk-...", secret=True)
    PROVIDER_BASE_URLS: dict[str, str] = setting(
        parsers.web_addresses, {}, example="Koala=http://127.0.0.1:9104"
    )
    LOCAL_SERVERS: bool = setting(parsers.boolean, True, example="false")
    SITE_NAME: str = setting(parsers.text, "Webchat", example="Webchat")
    LANGUAGE_CODE: str = setting(
        parsers.one_of(*(code for code, _ in LANGUAGES)), "en", example="en"
    )
    TIME_ZONE: str = setting(parsers.time_zone, "UTC", example="Europe/Berlin")
    SIGNUP: str = setting(
        parsers.one_of("closed", "approval", "open"), "approval", example="approval"
    )
    STAFF_NEEDS_SECOND_FACTOR: bool = setting(parsers.boolean, False, example="true")
    OIDC_ISSUER: str = setting(parsers.issuer, "", example="https://login.example.org/realms/us")
    OIDC_CLIENT_ID: str = setting(parsers.text, "", example="webchat")
    OIDC_CLIENT_SECRET: str = setting(parsers.text, "", example="(of the provider)", secret=True)
    OIDC_NAME: str = setting(parsers.text, "OpenID Connect", example="Example account")
    OIDC_SCOPES: str = setting(
        parsers.text, "openid profile email", example="openid profile email groups"
    )
    OIDC_ADMIN_GROUP: str = setting(parsers.text, "", example="webchat-admins")
    EMAIL_URL: MailServer | None = setting(
        mail_server, None, example="smtp+tls://user:password@mail.example.org:587", secret=True
    )
    MAIL_FROM: str = setting(mail_address, "", example="chat@example.org")
    UPLOAD_MAX_BYTES: int = setting(parsers.size, 20 * 1024**2, example="20MiB")
    IMPORT_MAX_BYTES: int = setting(parsers.size, 150 * 1024**2, example="150MiB")
    MESSAGE_MAX_CHARS: int = setting(
        parsers.number(1, 900_000), 200_000, example="200000"
    )  # a socket frame holds 1 MiB
    MEDIA_BY_NGINX: bool = setting(parsers.boolean, False, example="true")
    RUNS_PER_USER: int = setting(parsers.number(1, 1000), 4, example="4")
    RUN_DEADLINE: int = setting(parsers.number(1, 24 * HOUR), 1800, example="1800")
    RUN_IDLE: int = setting(parsers.number(1, 24 * HOUR), 180, example="180")
    REAPER_SECONDS: float = setting(parsers.seconds(0.5, 60), 1.5, example="1.5")
    PING_SECONDS: float = setting(parsers.seconds(1, 60), 20.0, example="20")
    RETAIN_CONVERSATIONS_DAYS: int = setting(parsers.number(0, 36500), 0, example="365")
    RETAIN_AUDIT_DAYS: int = setting(parsers.number(0, 36500), 365, example="365")
    RETAIN_OUTCOMES_DAYS: int = setting(parsers.number(0, 36500), 0, example="730")
    STAFF_READS_CONVERSATIONS: bool = setting(parsers.boolean, True, example="false")
    LOG_LEVEL: str = setting(
        parsers.one_of("DEBUG", "INFO", "WARNING", "ERROR"), "INFO", example="INFO"
    )
    LOG_FORMAT: str = setting(parsers.one_of(*FORMS), "line", example="json")
    METRICS_TOKEN: str = setting(
        parsers.token, "", example="(20 or more random characters)", secret=True
    )
    LOG_UPSTREAM_BODIES: bool = setting(parsers.boolean, False, example="false")


def read_environment(file: Path) -> Environment:
    """The settings of this process; `file` (`.env`) gives those the environment does not.

    Any of them may come as `NAME_FILE`, the path of a file that holds the value.
    Raises SettingsError, which names everything that is wrong.
    """
    env = FileAwareEnv()
    if file.is_file():
        env.read_env(str(file), recurse=False)
    values: dict[str, Any] = {}
    problems: list[str] = []
    for one in fields(Environment):
        try:
            raw = _raw(env, one.name)
            if raw:
                values[one.name] = one.metadata["parse"](raw)
        except ValueError as error:
            example = one.metadata["example"]
            problems.append(f"{one.name} {error}.\n      Example: {one.name}={example}")
    found = Environment(**values)
    problems += _contradictions(found)
    if problems:
        raise SettingsError(problems)
    return found


def _contradictions(found: Environment) -> list[str]:
    """Settings that are right by themselves and wrong together."""
    problems = []
    if found.HOST.startswith("unix:") and not found.TRUSTED_PROXIES:
        problems.append(
            "HOST is a Unix socket, which only a proxy reaches, and TRUSTED_PROXIES is 0.\n"
            "      Behind nginx: TRUSTED_PROXIES=1"
        )
    if bool(found.OIDC_ISSUER) != bool(found.OIDC_CLIENT_ID):
        problems.append("OIDC_ISSUER and OIDC_CLIENT_ID belong together, and one is not set.")
    return problems


def _raw(env: FileAwareEnv, name: str) -> str:
    """The text of a setting; white space alone is as good as nothing."""
    try:
        value: str = env.str(name, "")
    except (OSError, ValueError):
        raise ValueError(f"cannot be read from the file that {name}_FILE names") from None
    return value.strip()
