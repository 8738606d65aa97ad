"""The sentences that scripts say; they come with the page, in the page's language."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

# One number of each kind that a browser's plural rules tell apart, in the languages offered and
# those that may come.
KINDS_OF_NUMBER = {"zero": 0, "one": 1, "two": 2, "few": 3, "many": 11, "other": 100}


def strings() -> dict[str, str]:
    return (
        {
            "archive": _("Archive"),
            "attach_failed": _("The picture could not be attached."),
            "answer_gone": _("This answer does not exist."),
            "answered": _("%(name)s answered: %(text)s"),
            "copied": _("Copied"),
            "copy_code": _("Copy code"),
            "copy_failed": _("The browser does not let this page copy."),
            "close": _("Close"),
            "delete": _("Delete"),
            "download": _("Download"),
            "export": _("Export"),
            "failed": _("That did not work. Try again."),
            "forbidden": _(
                "The server does not accept live connections from this address. "
                "Messages are sent and fetched the plain way; "
                "the administrator can add this address to ORIGINS."
            ),
            "missed": _("This conversation has gone on elsewhere. Load the page anew to see it."),
            "next": _("Next picture"),
            "no_socket": _(
                "A live connection could not be made, perhaps a proxy does not let websockets through. "
                "Messages are sent and fetched the plain way, which is a little slower."
            ),
            "offline": _("You are offline. What you send waits until you are back."),
            "previous": _("Previous picture"),
            "rated": _("Rated"),
            "rating_withdrawn": _("Rating withdrawn"),
            "reconnecting": _("Reconnecting…"),
            "remove": _("Remove the picture"),
            "rename": _("Rename"),
            "route_away": _("What you write goes to %(host)s."),
            "route_here": _("What you write stays on this server."),
            "route_unofficial": _(
                "What you write goes to %(host)s, an unofficial service: "
                "it may stop working, and you have no contract with it."
            ),
            "sending": _("Sending…"),
            "signed_out": _("You are signed out."),
            "sign_in": _("Sign in again"),
            "thinking": _("Thinking…"),
            "thought": _("Thoughts"),
            "too_large": _("This is larger than the server takes."),
            "too_long": _("This message is too long to be sent. Shorten it."),
            "too_many": _("Too much at once. Wait a moment, then try again."),
            "view": _("Picture"),
            "waiting_next": _("Waiting: this answer comes next."),
        }
        | _picker()
        | _waiting()
    )


def _picker() -> dict[str, str]:
    return {
        "hide_unofficial": _("Hide unofficial providers"),
        "history": _("remembers the conversation"),
        "images_in": _("reads pictures"),
        "makes_images": _("makes pictures"),
        "no_match": _("No model is called that."),
        "not_working": _("not working at the moment"),
        "picker": _("Provider and model"),
        "search": _("Search models"),
        "show_unofficial": _("Show unofficial providers"),
        "streams": _("streams"),
        "system": _("takes instructions"),
        "unofficial": _("unofficial"),
    }


def _waiting() -> dict[str, str]:
    """How many answers come first, for every kind of number."""
    return {
        f"waiting_{kind}": ngettext(
            "Waiting: %(count)s answer comes before this one.",
            "Waiting: %(count)s answers come before this one.",
            number,
        )
        for kind, number in KINDS_OF_NUMBER.items()
    }
