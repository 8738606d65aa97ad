"""Pieces of the page for the socket: the very templates of the page.

They are rendered in the language, time zone and path prefix of whoever opened the socket, which
`visitors.py` sets once for the socket and all its tasks.
"""

from collections.abc import Sequence

from django.template.loader import render_to_string

from providers.response import Source
from webchat.models import Conversation, Media, Message


def message(message: Message) -> str:
    return render_to_string("chat/_message.html", {"message": message})


def footer(message: Message) -> str:
    return render_to_string("chat/_footer.html", {"message": message})


def sources(found: Sequence[Source]) -> str:
    return render_to_string("chat/_sources.html", {"message": {"sources": found}})


def images(media: Sequence[Media]) -> str:
    return render_to_string("chat/_images.html", {"message": {"images": media}})


def item(conversation: Conversation) -> str:
    return render_to_string("chat/_item.html", {"conversation": conversation})
