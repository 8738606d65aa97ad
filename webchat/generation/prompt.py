"""What a provider is sent: the path from the first message to the question."""

import base64
from typing import Any
from uuid import UUID

from webchat.models import Conversation, Media, Message
from webchat.sql import PreparedRows

GO_ON = (
    "Your last answer is not finished. Go on exactly where it stops, in the middle of the sentence "
    "if need be. Repeat nothing and say nothing about the interruption."
)
IMAGES_MAX = 8  # the newest ones; a picture weighs as much as a thousand words


def path_to(leaf: UUID | None, parents: dict[UUID, UUID | None]) -> list[UUID]:
    """The ids from the root down to `leaf`."""
    path = []
    while leaf is not None:
        path.append(leaf)
        leaf = parents.get(leaf)
    return path[::-1]


_SAID = PreparedRows(
    lambda conversation: (
        Message.objects.filter(conversation=conversation)
        .order_by()
        .values_list("pk", "parent_id", "role", "text")
    )
)


def prompt(conversation: Conversation, question: UUID, *, images: bool) -> list[dict[str, Any]]:
    """The messages for a provider, OpenAI-style; `images` says whether it takes pictures.

    All of the tree is read: its side branches are few, and a second query by the ids of the path
    costs more than they do.
    """
    rows = _SAID.all(conversation.pk)
    said = {pk: (role, text) for pk, _, role, text in rows}
    path = path_to(question, {pk: parent for pk, parent, _, _ in rows})
    pictures = _pictures(path) if images and conversation.has_images else {}
    system = conversation.system_prompt
    head: list[dict[str, Any]] = [{"role": "system", "content": system}] if system else []
    asked = [
        {"role": said[pk][0], "content": _content(said[pk][1], pictures.get(pk, []))}
        for pk in path
        if pk in said and (said[pk][1].strip() or pk in pictures)
    ]
    return head + _alternating(asked)


def _alternating(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Neighbours of one role as one message, since many servers take nothing else.

    An answer that failed before its first word leaves two questions side by side.
    """
    found: list[dict[str, Any]] = []
    for message in messages:
        if found and found[-1]["role"] == message["role"]:
            together = _together(found[-1]["content"], message["content"])
            found[-1] = message | {"content": together}
        else:
            found.append(message)
    return found


def _together(first: Any, second: Any) -> Any:
    if isinstance(first, str) and isinstance(second, str):
        return f"{first}\n\n{second}"
    return _parts(first) + _parts(second)


def _parts(content: Any) -> list[dict[str, Any]]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _pictures(path: list[UUID]) -> dict[UUID, list[Media]]:
    """The newest pictures that people showed, by message."""
    links = Message.media.through.objects.filter(
        message_id__in=path, message__role=Message.Role.USER
    )
    found: dict[UUID, list[Media]] = {}
    for link in reversed(links.select_related("media").order_by("-media_id")[:IMAGES_MAX]):
        found.setdefault(link.message_id, []).append(link.media)
    return found


def go_on(text: str) -> list[dict[str, Any]]:
    """What follows a prompt so that the model goes on from `text`, its own beginning."""
    return [
        {"role": Message.Role.ASSISTANT.value, "content": text},
        {"role": Message.Role.USER.value, "content": GO_ON},
    ]


def _content(text: str, pictures: list[Media]) -> Any:
    if not pictures:
        return text
    words = _parts(text) if text.strip() else []  # some servers refuse an empty part
    return [*words, *(_part(media) for media in pictures)]


def _part(media: Media) -> dict[str, Any]:
    with media.file.open("rb") as file:
        data = base64.b64encode(file.read()).decode()
    return {
        "type": "image_url",
        "image_url": {"url": f"data:{media.content_type};base64,{data}"},
    }
