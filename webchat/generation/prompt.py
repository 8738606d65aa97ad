"""What a provider is sent: the path from the first message to the question."""

import base64
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from webchat.models import Conversation, Media, Message

GO_ON = (
    "Your last answer was cut off. Go on exactly where it stops, in the middle of the sentence if "
    "need be. Repeat nothing and say nothing about the interruption."
)
IMAGES_MAX = 8  # the newest ones; a picture weighs as much as a thousand words


def path_to(leaf: UUID | None, parents: dict[UUID, UUID | None]) -> list[UUID]:
    """The ids from the root down to `leaf`."""
    path = []
    while leaf is not None:
        path.append(leaf)
        leaf = parents.get(leaf)
    return path[::-1]


def skeleton(conversation: Conversation) -> dict[UUID, UUID | None]:
    """The parent of every message: the tree without its texts."""
    rows = Message.objects.filter(conversation=conversation).order_by()
    return dict(rows.values_list("id", "parent_id"))


def prompt(conversation: Conversation, question: UUID, *, images: bool) -> list[dict[str, Any]]:
    """The messages for a provider, OpenAI-style; `images` says whether it takes pictures."""
    path = path_to(question, skeleton(conversation))
    query = Message.objects.filter(pk__in=path).only("role", "text")
    found = {message.pk: message for message in query.prefetch_related("media")}
    messages = [found[pk] for pk in path if pk in found and _says_something(found[pk])]
    shown = _newest_images(messages) if images else frozenset()
    system = conversation.system_prompt
    head: list[dict[str, Any]] = [{"role": "system", "content": system}] if system else []
    return head + [{"role": m.role, "content": _content(m, shown)} for m in messages]


def go_on(text: str) -> list[dict[str, Any]]:
    """What follows a prompt so that the model goes on from `text`, its own beginning."""
    return [
        {"role": Message.Role.ASSISTANT.value, "content": text},
        {"role": Message.Role.USER.value, "content": GO_ON},
    ]


def _says_something(message: Message) -> bool:
    return bool(message.text.strip()) or bool(message.media.all())


def _newest_images(messages: Sequence[Message]) -> frozenset[UUID]:
    media = [m.pk for message in messages if message.role == "user" for m in message.media.all()]
    return frozenset(media[-IMAGES_MAX:])


def _content(message: Message, shown: frozenset[UUID]) -> Any:
    pictures = [_part(media) for media in message.media.all() if media.pk in shown]
    if not pictures:
        return message.text
    return [{"type": "text", "text": message.text}, *pictures]


def _part(media: Media) -> dict[str, Any]:
    with media.file.open("rb") as file:
        data = base64.b64encode(file.read()).decode()
    return {
        "type": "image_url",
        "image_url": {"url": f"data:{media.content_type};base64,{data}"},
    }
