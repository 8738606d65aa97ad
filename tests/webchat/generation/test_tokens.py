"""How many tokens something is, about."""

import pytest

from webchat.generation.tokens import PICTURE, estimate, estimate_prompt


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("Hi", 1),
        ("x" * 4000, 1000),
        ("黄金分割", 4),  # a character of Chinese is a token
        ("абв", 2),
        ("ab 黄金", 3),
        ("\ud800", 1),  # half a character, as a broken page may send it
    ],
)
def test_a_text_is_estimated_by_its_length(text: str, tokens: int) -> None:
    assert estimate(text) == tokens


def test_a_prompt_is_all_its_texts_and_pictures() -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    messages = [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": [{"type": "text", "text": "What is this?"}, picture]},
    ]
    assert estimate_prompt(messages) == 2 + 4 + PICTURE
