"""A conversation as Markdown, for people and for other programs: the branch its owner sees."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import quote
from uuid import UUID

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from webchat.exchange.ends import how_it_ended
from webchat.exchange.stored import Stored
from webchat.models import Media, Message

_UNFIT = re.compile(r"[\s<>\\]")  # for an address between pointed brackets
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")


def pieces(stored: Stored, place_of: Callable[[Media], str]) -> Iterator[str]:
    """Answers stand as the model wrote them. `place_of` is where a picture lies beside it."""
    shown = {media.pk for media in stored.pictures}
    yield f"# {_plain(stored.title)}\n"
    if stored.has_other_branches:
        yield f"\n*{_('There are further branches; the JSON format has them all.')}*\n"
    if stored.conversation.system_prompt:
        yield f"\n{_quoted(stored.conversation.system_prompt)}\n"
    for message in stored.branch():
        yield "\n".join(["", _heading(message), *_body(message, shown, place_of), ""])


def _heading(message: Message) -> str:
    when = date_format(timezone.localtime(message.created_at), "SHORT_DATETIME_FORMAT")
    if message.role == Message.Role.USER:
        return f"## {_('Question')} · {when}\n"
    who = " · ".join(_plain(part) for part in (message.provider, message.model) if part)
    return f"## {who or _('Answer')} · {when}\n"


def _body(message: Message, shown: set[UUID], place_of: Callable[[Media], str]) -> Iterator[str]:
    if message.reasoning:
        yield f"{_quoted(message.reasoning)}\n"
    if message.text:
        yield f"{message.text.strip(chr(10))}\n"
    for media in message.images:
        if media.pk in shown:
            yield f"![{_plain(media.alt or media.name)}](<{place_of(media)}>)\n"
    for number, source in enumerate(message.sources, 1):
        yield f"{number}. {_link(source)}"
    if end := how_it_ended(message):
        yield f"\n*{_plain(end)}*"


def _plain(text: str) -> str:
    """One line in which nothing is Markdown."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _link(source: dict[str, str]) -> str:
    words, url = _plain(source["title"] or source["url"]), source["url"]
    if not url.startswith(("http://", "https://")):
        return words
    return f"[{words}](<{_UNFIT.sub(lambda match: quote(match[0]), url)}>)"


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())
