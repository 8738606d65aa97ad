"""What a run is for."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class Assignment:
    """The row a run fills, who asked whom, and where its pictures may come from."""

    run: UUID
    owner: int
    conversation: UUID
    message: UUID
    endpoint: int
    provider: str
    model: str
    started_at: datetime
    has_turn: bool = True
    allowed_origin: str | None = None
    proxy: str | None = None
    silence: float | None = None
    """The longest silence in seconds; None for RUN_IDLE."""
    deadline: float | None = None
    """How long the answer may take, in seconds; None for RUN_DEADLINE."""
