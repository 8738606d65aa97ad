"""The figures there are. docs/deployment.md lists them; every name begins with `webchat_`."""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    Info,
    ProcessCollector,
)

from webchat.release import RELEASE

registry = CollectorRegistry()
ProcessCollector(registry=registry)
GCCollector(registry=registry)

RELEASE_INFO = Info("webchat_release", "The release that runs", registry=registry)
RELEASE_INFO.info({"version": RELEASE})

SOCKETS = Gauge("webchat_sockets", "Open pages", registry=registry)
RUNS = Gauge("webchat_runs", "Answers in the making", ["state"], registry=registry)
ANSWERS = Counter(
    "webchat_answers", "Answers that ended", ["endpoint", "status"], registry=registry
)
ERRORS = Counter(
    "webchat_provider_errors",
    "Answers that failed, by what the provider did",
    ["endpoint", "kind"],
    registry=registry,
)
FIRST_TOKEN = Histogram(
    "webchat_first_token_seconds",
    "From asking a provider to its first value",
    ["endpoint"],
    buckets=(0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 20, 60),
    registry=registry,
)
TOKENS = Counter(
    "webchat_tokens",
    "Tokens of ended answers, as told by the provider, else estimated",
    ["endpoint", "direction"],
    registry=registry,
)
SPEED = Histogram(
    "webchat_tokens_per_second",
    "How fast an answer came, after its first value",
    ["endpoint"],
    buckets=(1, 2, 5, 10, 20, 30, 50, 75, 100, 150, 200, 400),
    registry=registry,
)
REQUESTS = Histogram(
    "webchat_request_seconds",
    "From a request to the last byte of its response",
    ["method", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=registry,
)
LOOP_LAG = Histogram(
    "webchat_event_loop_lag_seconds",
    "How late the event loop does what is due",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
    registry=registry,
)
DATABASE_WAIT = Histogram(
    "webchat_database_wait_seconds",
    "How long work of sockets and answers waits for a thread with a connection",
    ["pool"],
    buckets=(0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 20),
    registry=registry,
)
CONNECTIONS = Gauge(
    "webchat_database_connections",
    "Connections of the pool to PostgreSQL, and requests that wait for one",
    ["state"],
    registry=registry,
)
