"""What the emulators say: Markdown that quotes the question, cut into visible steps."""

import re

PACE = 30.0  # fragments a second, so that a person sees the answer grow
BULK = "and so on " * 50_000  # a piece of an answer that never ends


def answer_to(prompt: str, speaker: str) -> str:
    """A short Markdown answer of `speaker` that repeats the question, so that both can be told."""
    quoted = "\n".join(f"> {line}" for line in prompt.strip().splitlines()) or "> (nothing)"
    return (
        f"You asked **{speaker}** (an emulator):\n\n{quoted}\n\n"
        "Three things to notice 😀:\n\n"
        "1. the text *grows* as it comes,\n"
        "2. `code` stays code,\n"
        f"3. your question has {len(prompt)} characters.\n\n"
        f"```python\nprint({prompt.strip()[:40]!r})\n```\n\n"
        "That is all — ça suffit."
    )


def fragments(text: str) -> list[str]:
    """The text cut before every word; joined, it is the text again."""
    return re.findall(r"\s*\S+|\s+\Z", text)
