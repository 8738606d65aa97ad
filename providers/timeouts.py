"""How long each part of a request to an upstream may take, in seconds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Limits of one request; every field is in seconds.

    `write` bounds how long one slice of the question may take, so that a long question may take
    long while it goes on; `first_byte` the wait for the answer from the end of the question
    (None: as long as `read`), `read` the silence between two pieces of the answer, `total`
    everything from start to end.
    """

    connect: float = 10.0
    read: float = 120.0
    write: float = 30.0
    pool: float = 5.0
    first_byte: float | None = None
    total: float = 30 * 60.0

    @classmethod
    def of(cls, timeout: "Timeouts | float | None") -> "Timeouts":
        """The limits meant by a keyword: None is the defaults, a number the longest silence."""
        if isinstance(timeout, Timeouts):
            return timeout
        if timeout is None:
            return cls()
        return cls(connect=min(timeout, cls().connect), read=timeout)

    @property
    def until_answer(self) -> float:
        """The longest wait for the first byte of an answer."""
        return self.read if self.first_byte is None else self.first_byte
