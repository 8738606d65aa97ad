"""What is remembered: people, endpoints, conversations, messages, media, runs, and what was done."""

from webchat.models.audit_record import AuditRecord
from webchat.models.conversation import TITLE_LENGTH, Conversation
from webchat.models.endpoint import Endpoint
from webchat.models.endpoint_model import EndpointModel
from webchat.models.installation import Installation
from webchat.models.limits import Limits
from webchat.models.media import Media
from webchat.models.message import Message
from webchat.models.outcome import Outcome
from webchat.models.rating import REASONS, Rating
from webchat.models.run import Run
from webchat.models.user import User

__all__ = [
    "REASONS",
    "TITLE_LENGTH",
    "AuditRecord",
    "Conversation",
    "Endpoint",
    "EndpointModel",
    "Installation",
    "Limits",
    "Media",
    "Message",
    "Outcome",
    "Rating",
    "Run",
    "User",
]
