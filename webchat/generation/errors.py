"""What the product itself refuses, with a sentence for the person."""


class Refused(Exception):
    """A wish that cannot be granted. `code` is for programs, `message` for the person."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(f"{code}: {message}")
