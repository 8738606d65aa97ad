"""Conversations become one text in the layout the upstreams know."""

import pytest

from providers.prompts import (
    format_image_prompt,
    format_prompt,
    get_last_user_message,
    get_system_prompt,
    text_of,
)

PARTS = [
    {"type": "text", "text": "one "},
    {"type": "image_url", "image_url": {"url": "data:"}},
    "two",
    {"type": "text", "text": " three", "name": "a file"},
]
MESSAGES = [
    {"role": "system", "content": "S"},
    {"role": "user", "content": "U1"},
    {"role": "assistant", "content": "A1"},
    {"role": "user", "content": "  "},
    {"role": "user", "content": "U2"},
]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("a", "a"),
        (None, ""),
        (PARTS, "one two"),
        ([], ""),
        ({"type": "text", "text": "x"}, "x"),
        (5, ""),
    ],
)
def test_the_text_of_any_content(content, text):
    assert text_of(content) == text


def test_a_conversation_is_a_line_for_each_message_and_a_last_for_the_assistant():
    expected = "System: S\nUser: U1\nAssistant: A1\nUser: U2\nAssistant:"
    assert format_prompt(MESSAGES) == expected


def test_one_message_stays_bare():
    assert format_prompt([{"role": "user", "content": "Hello"}]) == "Hello"
    assert format_prompt([{"role": "user", "content": "Hello"}], True) == "User: Hello\nAssistant:"


def test_parts_of_a_prompt_can_be_left_out():
    assert format_prompt(MESSAGES, do_continue=True).endswith("User: U2")
    assert format_prompt(MESSAGES, include_system=False).startswith("User: U1")


def test_the_role_begins_with_a_capital():
    assert format_prompt([{"role": "TOOL", "content": "x"}], True).startswith("Tool: x")


def test_the_last_user_message_is_the_run_at_the_very_end():
    assert get_last_user_message(MESSAGES) == "U2"
    assert get_last_user_message(MESSAGES[:3]) == ""
    two = [{"role": "user", "content": " a "}, {"role": "user", "content": "b"}]
    assert get_last_user_message(two) == "a\nb"
    assert get_last_user_message([]) == ""


def test_system_messages_are_one_a_line():
    messages = [*MESSAGES, {"role": "system", "content": "T"}]
    assert get_system_prompt(messages) == "S\nT"


def test_what_to_draw_is_the_prompt_even_when_it_is_empty():
    assert format_image_prompt(MESSAGES) == "U2"
    assert format_image_prompt(MESSAGES, "a cat") == "a cat"
    assert format_image_prompt(MESSAGES, "") == ""
