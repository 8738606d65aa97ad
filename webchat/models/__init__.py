"""What is remembered: people, endpoints, conversations, messages, media, runs."""

from webchat.models.conversation import TITLE_LENGTH, Conversation
from webchat.models.endpoint import Endpoint
from webchat.models.media import Media
from webchat.models.message import Message
from webchat.models.run import Run
from webchat.models.user import User

__all__ = ["TITLE_LENGTH", "Conversation", "Endpoint", "Media", "Message", "Run", "User"]
