"""Who may reach what. An address, a command or a model of the panel that is not here fails."""

from collections.abc import Iterator
from enum import Enum, auto

from django.urls import URLPattern, get_resolver


class Reach(Enum):
    OPEN = auto()
    """Everybody, also without a sign-in."""
    OWN = auto()
    """Whoever is signed in, and only about themselves: the address names nobody's thing."""
    OWNER = auto()
    """Only the owner of the thing that the address names; for others it does not exist."""


ROUTES = {
    Reach.OPEN: {
        "account_confirm_email", "account_email_verification_sent", "account_inactive",
        "account_login", "account_logout", "account_reset_password",
        "account_reset_password_done", "account_reset_password_from_key",
        "account_reset_password_from_key_done", "account_signup", "account_waiting",
        "create_administrator", "favicon", "healthz", "logo", "metrics", "mfa_authenticate",
        "mfa_login_webauthn", "readyz", "setup",
    },
    Reach.OWN: {
        "account", "archived", "search", "search-hits", "exchange", "export-all", "import", "account_change_password", "account_delete", "account_sessions", "account_email",
        "account_reauthenticate", "account_set_password", "home", "media-upload", "message-send",
        "mfa_activate_totp", "mfa_add_webauthn", "mfa_deactivate_totp",
        "mfa_download_recovery_codes", "mfa_generate_recovery_codes", "mfa_index",
        "mfa_list_webauthn", "mfa_reauthenticate", "mfa_reauthenticate_webauthn",
        "mfa_view_recovery_codes", "preferences", "sidebar", "totp_picture",
    },
    Reach.OWNER: {
        "conversation", "conversation-archive", "conversation-export", "conversation-delete", "conversation-options", "conversation-rename",
        "media", "message", "message-continue", "message-rating", "message-regenerate",
        "messages", "mfa_edit_webauthn", "mfa_remove_webauthn", "run-stop",
    },
}  # fmt: skip

COMMANDS_ABOUT_THINGS = {
    "message.send", "message.regenerate", "message.continue", "run.follow", "run.stop",
}  # fmt: skip
"""What a page may say about somebody else's thing only to be refused."""

SILENT_COMMANDS = {"run.unfollow", "run.acknowledge", "conversation.view", "ping"}
"""What changes only what the page itself is told."""

PANEL = {
    "auth.Group", "webchat.AuditRecord", "webchat.Conversation", "webchat.Endpoint",
    "webchat.EndpointModel", "webchat.Installation", "webchat.Limits", "webchat.Outcome", "webchat.User",
}  # fmt: skip
"""The models of the panel: nothing for people, as much as their permissions for staff."""


def reach_of(name: str) -> Reach | None:
    return next((reach for reach, names in ROUTES.items() if name in names), None)


def routes() -> Iterator[tuple[str, str]]:
    """Name and pattern of every address there is."""
    yield from _routes(get_resolver(), "", "")


def _routes(resolver: object, prefix: str, namespace: str) -> Iterator[tuple[str, str]]:
    for each in resolver.url_patterns:  # type: ignore[attr-defined]
        route = prefix + str(each.pattern)
        if isinstance(each, URLPattern):
            yield namespace + str(each.name), route
        else:
            inner = f"{each.namespace}:" if each.namespace else ""
            yield from _routes(each, route, namespace + inner)
