"""Django's settings, worked out from the few that people change (see environment.py)."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.urls import reverse_lazy

from webchat.settings.allauth import *  # noqa: F403  (they are settings of Django's)
from webchat.settings.allauth import providers
from webchat.settings.environment import LANGUAGES as LANGUAGES
from webchat.settings.environment import read_environment
from webchat.settings.keys import kept_key, make_field_key, make_secret_key, prepare_folder
from webchat.settings.logs import logging_config
from webchat.settings.mail import sender
from webchat.settings.policy import DIRECTIVES

BASE_DIR = Path(__file__).resolve().parent.parent.parent
_environment = read_environment(Path(os.environ.get("ENV_FILE", BASE_DIR / ".env")))

# --- The installation ---------------------------------------------------------------------------

DEBUG = False
DATA_DIR = (BASE_DIR / _environment.DATA_DIR).resolve()
prepare_folder(DATA_DIR)
SECRET_KEY = _environment.SECRET_KEY or kept_key(DATA_DIR / "secret-key", make_secret_key())
FIELD_KEYS = _environment.FIELD_KEYS or [kept_key(DATA_DIR / "field-key", make_field_key())]
HOST = _environment.HOST
PORT = _environment.PORT
SITE_NAME = _environment.SITE_NAME
BASE_PATH = _environment.BASE_PATH
ORIGINS = _environment.ORIGINS or [
    f"http://{host}" + (f":{PORT}" if PORT != 80 else "")
    for host in ("localhost", "127.0.0.1", "[::1]")
]
SECURE = (
    all(origin.startswith("https://") for origin in ORIGINS)
    if _environment.SECURE is None
    else _environment.SECURE
)
TRUSTED_PROXIES = _environment.TRUSTED_PROXIES
REDIS_URL = _environment.REDIS_URL

# --- Providers, runs, limits --------------------------------------------------------------------

OPENAI_BASE_URL = _environment.OPENAI_BASE_URL
OPENAI_API_KEY = _environment.OPENAI_API_KEY
PROVIDER_BASE_URLS = _environment.PROVIDER_BASE_URLS
LOCAL_SERVERS = _environment.LOCAL_SERVERS
METRICS_TOKEN = _environment.METRICS_TOKEN
LOG_UPSTREAM_BODIES = _environment.LOG_UPSTREAM_BODIES
UPLOAD_MAX_BYTES = _environment.UPLOAD_MAX_BYTES
IMPORT_MAX_BYTES = _environment.IMPORT_MAX_BYTES
MESSAGE_MAX_CHARS = _environment.MESSAGE_MAX_CHARS
RUNS_PER_USER = _environment.RUNS_PER_USER
RUN_DEADLINE = _environment.RUN_DEADLINE
RUN_IDLE = _environment.RUN_IDLE
REAPER_SECONDS = _environment.REAPER_SECONDS
PING_SECONDS = _environment.PING_SECONDS
STAFF_READS_CONVERSATIONS = _environment.STAFF_READS_CONVERSATIONS
RETAIN_CONVERSATIONS_DAYS = _environment.RETAIN_CONVERSATIONS_DAYS
RETAIN_AUDIT_DAYS = _environment.RETAIN_AUDIT_DAYS
RETAIN_OUTCOMES_DAYS = _environment.RETAIN_OUTCOMES_DAYS

# --- The program --------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "channels",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "webchat",
]
MIDDLEWARE = [
    "webchat.middleware.SecurityHeaders",
    "webchat.middleware.StaticFiles",
    "webchat.middleware.Compression",
    "webchat.middleware.Sessions",
    "webchat.middleware.Language",
    "webchat.middleware.Common",
    "webchat.middleware.Csrf",
    "webchat.middleware.Authentication",
    "webchat.middleware.LoginRequired",
    "webchat.middleware.Messages",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "webchat.urls"
ASGI_APPLICATION = "webchat.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# --- Data ---------------------------------------------------------------------------------------

SQLITE_OPTIONS = {
    # IMMEDIATE: a transaction that reads first and writes later could not wait for another writer.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA mmap_size=134217728; "
        "PRAGMA journal_size_limit=67108864; PRAGMA cache_size=-4000;"
    ),
}
POSTGRESQL_OPTIONS = {
    "pool": {
        "min_size": 2,
        "max_size": 10,
        # Seconds to wait for a free connection rather than open one more than the server allows.
        "timeout": 5,
        # Whoever needs a connection has a new one tried. The pool by itself would try ever more
        # rarely, and notice minutes late that a server is back.
        "reconnect_timeout": 1,
    },
    # Seconds until a server is given up that does not answer, and (the last one milliseconds) until
    # it is noticed that one has vanished without a word.
    "connect_timeout": 5,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}


def _database(given: dict[str, Any] | None) -> dict[str, Any]:
    config = given or {"ENGINE": "django.db.backends.sqlite3", "NAME": str(DATA_DIR / "db.sqlite3")}
    sqlite = config["ENGINE"].endswith("sqlite3")
    options = (SQLITE_OPTIONS if sqlite else POSTGRESQL_OPTIONS) | config.get("OPTIONS", {})
    # A connection that broke is noticed when it is taken from the pool, not by whoever uses it.
    checks = {} if sqlite else {"CONN_HEALTH_CHECKS": True}
    tests = {"NAME": str(DATA_DIR / "test.sqlite3")} if sqlite else {}
    return config | checks | {"OPTIONS": options, "TEST": tests}


DATABASES = {"default": _database(_environment.DATABASE_URL)}
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        # Not Redis: it holds the counts of sign-in attempts, and people sign in without a Redis too.
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        # Above this number a third is thrown away, and with it counts of sign-in attempts:
        # so it is more than some hundred strangers can fill at once.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
MEDIA_ROOT = DATA_DIR
STATIC_ROOT = DATA_DIR / "static"
STATIC_URL = f"{BASE_PATH}/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "webchat.settings.storage.StaticStorage"},
}
SERVESTATIC_ALLOW_ALL_ORIGINS = False
SERVESTATIC_USE_ZSTD = False
MEDIA_BY_NGINX = _environment.MEDIA_BY_NGINX
MEDIA_LOCATION = "/_media/"  # below BASE_PATH: where deploy/nginx.conf finds the pictures
# nginx, in the group that the data folder belongs to, reads the pictures and nothing else.
FILE_UPLOAD_PERMISSIONS = 0o640 if MEDIA_BY_NGINX else 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o750 if MEDIA_BY_NGINX else 0o700
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * MESSAGE_MAX_CHARS + 1024**2  # the longest message in UTF-8

# --- Mail ---------------------------------------------------------------------------------------

_mail = _environment.EMAIL_URL
HAS_MAIL = _mail is not None
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if HAS_MAIL else 'dummy'}.EmailBackend"
EMAIL_TIMEOUT = 10  # somebody waits for the page meanwhile
if _mail is not None:
    EMAIL_HOST, EMAIL_PORT = _mail.host, _mail.port
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.user, _mail.password
    EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.scheme == "smtp+tls", _mail.scheme == "smtps"
DEFAULT_FROM_EMAIL = SERVER_EMAIL = sender(
    _environment.MAIL_FROM, _mail, urlsplit(ORIGINS[0]).hostname or "localhost"
)

# --- People -------------------------------------------------------------------------------------

SIGNUP = _environment.SIGNUP
AUTH_USER_MODEL = "webchat.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = reverse_lazy("account_login")
LOGIN_REDIRECT_URL = f"{BASE_PATH}/"
ACCOUNT_SIGNUP_FIELDS = [*(["email*"] if HAS_MAIL else []), "username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if HAS_MAIL else "none"
ACCOUNT_EMAIL_NOTIFICATIONS = HAS_MAIL
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
STAFF_NEEDS_SECOND_FACTOR = _environment.STAFF_NEEDS_SECOND_FACTOR
OIDC_ISSUER = _environment.OIDC_ISSUER
OIDC_NAME = _environment.OIDC_NAME
OIDC_ADMIN_GROUP = _environment.OIDC_ADMIN_GROUP
HAS_OIDC = bool(OIDC_ISSUER)
if HAS_OIDC:
    # It has no tables, so that migrations are the same for everybody; its imports are heavy.
    INSTALLED_APPS.insert(-1, "allauth.socialaccount.providers.openid_connect")
    SOCIALACCOUNT_PROVIDERS = providers(
        OIDC_ISSUER,
        OIDC_NAME,
        _environment.OIDC_CLIENT_ID,
        _environment.OIDC_CLIENT_SECRET,
        _environment.OIDC_SCOPES,
    )

# --- Cookies and headers ------------------------------------------------------------------------


def _host(origin: str) -> str:
    """As it stands in the header `Host`, without the port."""
    name = urlsplit(origin).hostname or ""
    return f"[{name}]" if ":" in name else name


# The installation's own machine may always ask, for health checks; its pages still need an origin.
ALLOWED_HOSTS = sorted({_host(one) for one in ORIGINS} | {"localhost", "127.0.0.1", "[::1]"})
CSRF_TRUSTED_ORIGINS = ORIGINS
CSRF_FAILURE_VIEW = "webchat.views.errors.csrf_failure"
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE
CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
CSRF_COOKIE_PATH = SESSION_COOKIE_PATH = LANGUAGE_COOKIE_PATH = f"{BASE_PATH}/"
CSRF_COOKIE_SAMESITE = SESSION_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "webchat_session"
CSRF_COOKIE_NAME = "webchat_csrf"
SESSION_COOKIE_AGE = 30 * 24 * 3600
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
FORCE_SCRIPT_NAME = BASE_PATH or None
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SECURE else 0
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {"DIRECTIVES": DIRECTIVES}
SILENCED_SYSTEM_CHECKS = [
    "security.W001",  # SecurityHeaders is a subclass of SecurityMiddleware
    "security.W002",  # and it sends X-Frame-Options
    "security.W003",  # Csrf is a subclass of CsrfViewMiddleware
    "security.W005",  # a site decides for itself, not for the other names below its own
    "security.W008",  # the proxy that speaks https redirects to it
    "security.W021",  # the preload list is the owner's decision
]

# --- Language and time --------------------------------------------------------------------------

LANGUAGE_CODE = _environment.LANGUAGE_CODE
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = _environment.TIME_ZONE
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGGING_CONFIG = "logging.config.dictConfig"
LOGGING = logging_config(_environment.LOG_LEVEL, _environment.LOG_FORMAT)
