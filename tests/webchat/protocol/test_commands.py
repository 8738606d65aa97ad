"""Commands: what a browser may ask for."""

import json
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webchat.generation.wishes import Regenerate, Send
from webchat.protocol.commands import (
    COMMANDS,
    Acknowledge,
    BadCommand,
    Follow,
    Ping,
    Stop,
    View,
    parse,
)

ID = "0190f3a4-7b1c-7e2d-8f00-000000000001"
SEND = {"type": "message.send", "client_id": ID, "text": "Hi", "endpoint": 1, "model": "m"}


@pytest.mark.parametrize(
    ("data", "command"),
    [
        (SEND, Send(UUID(ID), None, "Hi", 1, "m")),
        (
            SEND | {"conversation": ID, "media": [ID], "aspect_ratio": "16:9"},
            Send(UUID(ID), UUID(ID), "Hi", 1, "m", (UUID(ID),), "16:9"),
        ),
        (
            {"type": "message.regenerate", "client_id": ID, "message": ID},
            Regenerate(UUID(ID), UUID(ID)),
        ),
        (
            {
                "type": "message.regenerate",
                "client_id": ID,
                "message": ID,
                "endpoint": 2,
                "model": "n",
            },
            Regenerate(UUID(ID), UUID(ID), 2, "n"),
        ),
        ({"type": "run.follow", "run": ID, "seq": 4, "renderer": "r"}, Follow(UUID(ID), 4, "r")),
        ({"type": "run.acknowledge", "run": ID, "seq": 4}, Acknowledge(UUID(ID), 4)),
        ({"type": "run.stop", "run": ID}, Stop(UUID(ID))),
        ({"type": "conversation.view"}, View(None)),
        ({"type": "conversation.view", "conversation": ID}, View(UUID(ID))),
        (
            {"type": "conversation.view", "conversation": ID, "last": ID},
            View(UUID(ID), UUID(ID)),
        ),
        ({"type": "ping"}, Ping()),
    ],
)
def test_a_command_is_read(data: dict[str, object], command: object) -> None:
    assert parse(json.dumps(data)) == command


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "invalid"),
        ("nonsense", "invalid"),
        ("[]", "invalid"),
        ("[" * 100_000, "invalid"),
        ("{}", "unknown_command"),
        ('{"type": 5}', "unknown_command"),
        ('{"type": ["ping"]}', "unknown_command"),
        ('{"type": "shell.run"}', "unknown_command"),
        (json.dumps(SEND | {"client_id": "1"}), "invalid"),
        (json.dumps(SEND | {"client_id": None}), "invalid"),
        (json.dumps(SEND | {"text": ["Hi"]}), "invalid"),
        (json.dumps(SEND | {"endpoint": "1"}), "invalid"),
        (json.dumps(SEND | {"endpoint": True}), "invalid"),
        (json.dumps(SEND | {"endpoint": -1}), "invalid"),
        (json.dumps(SEND | {"endpoint": 10**30}), "invalid"),
        (json.dumps(SEND | {"model": "m" * 201}), "invalid"),
        (json.dumps(SEND | {"media": ID}), "invalid"),
        (json.dumps(SEND | {"media": [5]}), "invalid"),
        (json.dumps(SEND | {"media": [ID] * 9}), "invalid"),
        ('{"type": "run.follow", "run": "x", "seq": 0, "renderer": "r"}', "invalid"),
        ('{"type": "run.acknowledge", "run": null, "seq": 0}', "invalid"),
    ],
)
def test_what_is_no_command_is_refused_with_a_code(text: str, code: str) -> None:
    with pytest.raises(BadCommand) as bad:
        parse(text)
    assert bad.value.code == code


def test_a_refusal_names_the_command_it_is_about() -> None:
    with pytest.raises(BadCommand) as bad:
        parse(json.dumps(SEND | {"text": 5}))
    assert bad.value.client_id == ID


def test_a_refusal_can_be_sent_whatever_the_command_was_called() -> None:
    with pytest.raises(BadCommand) as bad:
        parse('{"type": "x", "client_id": "\\ud800"}')
    assert bad.value.client_id == "\ufffd"


def test_nul_and_half_surrogates_do_not_come_in() -> None:
    command = parse(json.dumps(SEND | {"text": "a\0b\ud83d \ud83d\ude00"}))
    assert isinstance(command, Send)
    assert command.text == "a\ufffdb\ufffd 😀"


def test_where_and_how_an_upstream_is_asked_is_not_for_the_browser_to_say() -> None:
    more = {"base_url": "http://127.0.0.1/", "proxy": "http://evil.example", "api_key": "k"}
    more |= {"headers": {"X": "y"}, "provider": "Demo", "options": {"n": 9}, "user": 1}
    assert parse(json.dumps(SEND | more)) == parse(json.dumps(SEND))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ["client_id", "conversation", "text", "endpoint", "model", "media", "run", "seq"]


@given(
    st.fixed_dictionaries(
        {"type": st.sampled_from(sorted(COMMANDS))},
        optional={name: JSON | st.just(ID) for name in [*FIELDS, "message", "renderer"]},
    )
)
def test_any_field_of_any_type_is_a_command_or_a_clear_refusal(data: dict[str, object]) -> None:
    try:
        parse(json.dumps(data))
    except BadCommand as bad:
        assert bad.code == "invalid"
