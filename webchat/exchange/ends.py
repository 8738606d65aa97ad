"""How an answer ended, where there is something to say about it."""

from django.utils.translation import gettext as _

from webchat.models import Message


def how_it_ended(message: Message) -> str:
    """A sentence, in the words of the page; empty for an answer that is whole."""
    match message.status:
        case Message.Status.STREAMING:
            return _("The answer was still being written.")
        case Message.Status.STOPPED:
            return _("Stopped. What came so far is kept.")
        case Message.Status.INTERRUPTED:
            return _("The answer was interrupted. What came so far is kept.")
        case Message.Status.FAILED:
            told = str(message.error.get("message") or "")
            return _(told) if told else _("The answer could not be made.")
    if message.finish_reason == "length":
        return _("The answer ends here because it became too long.")
    return ""
