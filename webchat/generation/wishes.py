"""What a person may ask for, and what has begun when it was granted."""

from dataclasses import dataclass
from uuid import UUID

from webchat.models import Conversation, Message, Run


@dataclass(frozen=True)
class Send:
    """A new message. `client_id` makes a repeated one harmless."""

    client_id: UUID
    conversation: UUID | None
    text: str
    endpoint: int
    model: str
    media: tuple[UUID, ...] = ()
    aspect_ratio: str = ""


@dataclass(frozen=True)
class Regenerate:
    """Another answer to the question that `message` answers, perhaps of another model.

    With `keep` it begins with what `message` says and goes on from there.
    """

    client_id: UUID
    message: UUID
    endpoint: int | None = None
    model: str | None = None
    aspect_ratio: str = ""
    keep: bool = False


@dataclass(frozen=True)
class Started:
    """The rows of a run that has begun, now or when the same command came before."""

    run: Run
    conversation: Conversation
    question: Message | None
    answer: Message
    replaces: UUID | None = None
    is_new: bool = False
    """Whether the rows are these very objects, complete with all that a template shows."""
    budget: str | None = None
    """A line for the page: empty while plenty is left of what the person may have."""

    @property
    def messages(self) -> list[Message]:
        """The person's message, when it is new, and the answer."""
        return [message for message in (self.question, self.answer) if message is not None]
