"""Django's settings, worked out from the few that people change (see environment.py)."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.urls import reverse_lazy

from webchat.settings.environment import LANGUAGES as LANGUAGES
from webchat.settings.environment import read_environment
from webchat.settings.keys import kept_key, make_field_key, make_secret_key, prepare_folder
from webchat.settings.logs import logging_config
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
LOG_UPSTREAM_BODIES = _environment.LOG_UPSTREAM_BODIES
UPLOAD_MAX_BYTES = _environment.UPLOAD_MAX_BYTES
MESSAGE_MAX_CHARS = _environment.MESSAGE_MAX_CHARS
RUNS_PER_USER = _environment.RUNS_PER_USER
RUN_DEADLINE = _environment.RUN_DEADLINE
RUN_IDLE = _environment.RUN_IDLE

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
    "webchat",
]
MIDDLEWARE = [
    "webchat.middleware.SecurityHeaders",
    "servestatic.middleware.ServeStaticMiddleware",
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
        "PRAGMA journal_size_limit=67108864; PRAGMA cache_size=-20000;"
    ),
}
# Waits ten seconds for a free connection rather than opening one more than the server allows.
POSTGRESQL_OPTIONS = {"pool": {"min_size": 2, "max_size": 10, "timeout": 10}}


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
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}
    )
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
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * MESSAGE_MAX_CHARS + 1024**2  # the longest message in UTF-8

# --- People -------------------------------------------------------------------------------------

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
ACCOUNT_ADAPTER = "webchat.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "webchat.forms.accounts.SignInForm",
    "change_password": "webchat.forms.accounts.NewPasswordForm",
    "reauthenticate": "webchat.forms.accounts.ConfirmForm",
}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES

# --- Cookies and headers ------------------------------------------------------------------------

# The installation's own machine may always ask, for health checks; its pages still need an origin.
ALLOWED_HOSTS = sorted(
    {urlsplit(one).hostname or "" for one in ORIGINS} | {"localhost", "127.0.0.1"}
)
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
LOGGING = logging_config(_environment.LOG_LEVEL)
