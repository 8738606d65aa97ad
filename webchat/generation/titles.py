"""What a conversation is called until somebody names it."""

from webchat.models import TITLE_LENGTH

WORDS_LENGTH = 60  # about what one line of the sidebar shows


def first_words(text: str) -> str:
    """The beginning of a text as a title: one line, cut between words."""
    line = " ".join(text.split())
    if len(line) <= WORDS_LENGTH:
        return line
    cut = line[: WORDS_LENGTH + 1].rpartition(" ")[0] or line[:WORDS_LENGTH]
    return f"{cut}…"[:TITLE_LENGTH]
