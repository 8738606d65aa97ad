"""Plain functions that make rows for tests."""

from typing import Any

from webchat.models import Conversation, Endpoint, EndpointModel, Message, User

PASSWORD = "wild-geese-over-the-lake"


def make_user(username: str = "alice", **fields: Any) -> User:
    """Somebody who can sign in with PASSWORD."""
    return User.objects.create_user(username, password=PASSWORD, **fields)


def make_conversation(owner: User, title: str = "A walk", **fields: Any) -> Conversation:
    return Conversation.objects.create(owner=owner, title=title, **fields)


def make_message(
    conversation: Conversation, text: str = "Hello", role: str = "user", **fields: Any
) -> Message:
    """A message below the conversation's last one, which becomes the last."""
    parent = fields.pop("parent", conversation.active_leaf)
    message = Message.objects.create(
        conversation=conversation, parent=parent, role=role, text=text, **fields
    )
    conversation.active_leaf = message
    conversation.message_count += 1
    conversation.save(update_fields=["active_leaf", "message_count"])
    return message


def make_endpoint(label: str = "Demo", provider: str = "Demo", **fields: Any) -> Endpoint:
    return Endpoint.objects.create(label=label, provider=provider, **fields)


def make_models(endpoint: Endpoint, *names: str, **fields: Any) -> list[EndpointModel]:
    """Models of an endpoint, in this order, as if it had just listed them."""
    return [
        EndpointModel.objects.create(endpoint=endpoint, name=name, position=position, **fields)
        for position, name in enumerate(names, 1)
    ]
