"""What the product itself refuses, with a sentence for the person."""


class Refused(Exception):
    """A wish that cannot be granted. `code` is for programs, `message` for the person.

    `retry_after` says in how many seconds the same wish may be granted, where that is known.
    """

    def __init__(self, code: str, message: str, retry_after: int | None = None) -> None:
        self.code = code
        self.message = message
        self.retry_after = retry_after
        super().__init__(f"{code}: {message}")
