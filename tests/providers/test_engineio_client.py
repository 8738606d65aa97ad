"""What the packets of a session mean: handshake, heartbeat, letting in, events, ends."""

import json

import pytest

from providers.engineio import parse_packet
from providers.engineio_client import Client, Connected, Ended, Event, Opened, Probed, Refused
from providers.errors import UnexpectedResponse

HANDSHAKE = (
    '0{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":["websocket"],'
    '"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}'
)


def received(text: str) -> object:
    return Client().receive(parse_packet(text))


def test_the_handshake_is_read_in_any_order_of_keys() -> None:
    opened = Opened("lv_VI97HAXpY6yYWAAAC", ("websocket",), 25.0, 20.0, 1_000_000)
    assert received(HANDSHAKE) == opened
    shuffled = dict(reversed(json.loads(HANDSHAKE[1:]).items()))
    assert received(f"0{json.dumps(shuffled)}") == opened
    assert opened.silence == 45.0


@pytest.mark.parametrize("number", ['"soon"', "0", "-5", "null", "true", "1e300", "[]"])
def test_numbers_of_the_handshake_that_make_no_sense_are_replaced(number: str) -> None:
    opened = received(f'0{{"sid":"x","pingInterval":{number},"maxPayload":{number}}}')
    assert opened == Opened("x", (), 25.0, 20.0, 1_000_000)


@pytest.mark.parametrize("text", ["0", "0{}", "0[]", '0{"sid":""}', '0{"sid":5}', "0<html>"])
def test_a_handshake_without_a_session_is_a_clear_error(text: str) -> None:
    with pytest.raises(UnexpectedResponse):
        received(text)


def test_a_ping_is_answered_by_a_pong_with_the_same_data() -> None:
    client = Client()
    assert client.receive(parse_packet("2")) is None
    assert client.receive(parse_packet("2probe")) is None
    assert [str(packet) for packet in client.take()] == ["3", "3probe"]
    assert client.take() == []


def test_the_answered_probe_is_told_apart_from_other_pongs() -> None:
    assert received("3probe") == Probed()
    assert received("3") is None


@pytest.mark.parametrize("text", ["6", "6anything", "43[]", "430[]", '42/admin,["x"]', "41/admin,"])
def test_what_is_not_for_us_means_nothing(text: str) -> None:
    client = Client()
    if text == "43[]":  # an acknowledgement must carry the number of what it acknowledges
        with pytest.raises(UnexpectedResponse):
            client.receive(parse_packet(text))
        return
    assert client.receive(parse_packet(text)) is None
    assert client.take() == []


def test_an_upgrade_packet_from_the_server_is_a_clear_error() -> None:
    with pytest.raises(UnexpectedResponse):
        received("5")


def test_letting_in_refusing_and_ending_are_told_apart() -> None:
    assert received('40{"sid":"abc"}') == Connected("abc")
    assert received("40") == Connected("")
    assert received('44{"message":"Not allowed"}') == Refused("Not allowed")
    assert received('44"Unable to connect"') == Refused("Unable to connect")
    assert received('44["Unable to connect"]') == Refused("Unable to connect")
    assert received("44") == Refused("")
    assert isinstance(received("41"), Ended)
    assert isinstance(received("1"), Ended)


def test_an_event_that_asks_for_an_acknowledgement_gets_one() -> None:
    client = Client()
    assert client.receive(parse_packet('4217["progress",{"a":1},2]')) == Event(
        "progress", ({"a": 1}, 2)
    )
    assert [str(packet) for packet in client.take()] == ["4317[]"]


def test_what_is_asked_for_is_queued_in_order() -> None:
    client = Client()
    client.connect({"jwt": "anonymous-ask-user"})
    client.emit("ask", {"text": "é"})
    assert [str(packet) for packet in client.take()] == [
        '40{"jwt": "anonymous-ask-user"}',
        '42["ask", {"text": "\\u00e9"}]',
    ]
