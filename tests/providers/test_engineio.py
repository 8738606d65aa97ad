"""The Engine.IO and Socket.IO parsers: the specifications' own examples, and any cut of them."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.engineio import (
    PACKETS_PER_PAYLOAD,
    Packet,
    PacketType,
    PayloadDecoder,
    SocketPacket,
    SocketType,
    parse_packet,
    parse_payload,
    parse_socket_packet,
    payloads,
)
from providers.engineio_client import Client
from providers.errors import UnexpectedResponse


def received(text: str) -> object:
    return Client().receive(parse_packet(text))


@pytest.mark.parametrize("kind", list(PacketType))
def test_every_packet_type_is_told_by_its_first_character(kind: PacketType) -> None:
    assert parse_packet(f"{kind.value}data") == Packet(kind, "data")
    assert str(Packet(kind, "data")) == f"{kind.value}data"


@pytest.mark.parametrize("text", ["", "7", "9x", "hello", "²", "٣", " 4", "-1"])
def test_what_is_no_packet_is_an_unexpected_response(text: str) -> None:
    with pytest.raises(UnexpectedResponse):
        parse_packet(text)


def test_a_binary_entry_of_a_polling_body_is_a_clear_error() -> None:
    with pytest.raises(UnexpectedResponse) as caught:
        parse_payload(b"4hello\x1ebAQIDBA==")
    assert "binary" in caught.value.detail


def test_the_specification_s_polling_body_has_three_packets() -> None:
    assert parse_payload(b"4hello\x1e2\x1e4world") == [
        Packet(PacketType.MESSAGE, "hello"),
        Packet(PacketType.PING),
        Packet(PacketType.MESSAGE, "world"),
    ]


def test_an_empty_polling_body_or_entry_is_an_unexpected_response() -> None:
    for body in (b"", b"\x1e", b"4hello\x1e", b"\x1e4hello", b"2\x1e\x1e2"):
        with pytest.raises(UnexpectedResponse):
            parse_payload(body)


def test_a_polling_body_may_be_cut_at_any_byte() -> None:
    body = '4héllo 😀\x1e2probe\x1e6\x1e42["x","…"]'.encode()
    whole = parse_payload(body)
    assert len(whole) == 4
    for cut in range(len(body) + 1):
        decoder = PayloadDecoder()
        assert decoder.feed(body[:cut]) + decoder.feed(body[cut:]) + decoder.flush() == whole


def test_a_polling_body_may_come_byte_by_byte() -> None:
    body = "4héllo 😀\x1e2probe\x1e6".encode()
    decoder = PayloadDecoder()
    packets = [packet for byte in body for packet in decoder.feed(bytes([byte]))]
    assert packets + decoder.flush() == parse_payload(body)


def test_a_polling_body_above_the_limit_is_refused_before_it_is_kept() -> None:
    decoder = PayloadDecoder(limit=10)
    decoder.feed(b"4" * 10)
    with pytest.raises(UnexpectedResponse):
        decoder.feed(b"4")


wire_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x1e"))
wire_packets = st.lists(st.builds(Packet, st.sampled_from(PacketType), wire_text), min_size=1)


@given(wire_packets, st.integers(1, 200), st.lists(st.integers(0, 400)))
def test_any_packets_survive_batching_and_any_cutting(
    packets: list[Packet], limit: int, cuts: list[int]
) -> None:
    back: list[Packet] = []
    for payload in payloads(packets, limit):
        body = payload.encode()
        borders = sorted({0, len(body), *(cut for cut in cuts if cut < len(body))})
        decoder = PayloadDecoder()
        for start, end in itertools.pairwise(borders):
            back += decoder.feed(body[start:end])
        back += decoder.flush()
    assert back == packets


@given(wire_packets, st.integers(1, 200))
def test_a_batch_exceeds_the_limit_only_where_one_packet_does(
    packets: list[Packet], limit: int
) -> None:
    for payload in payloads(packets, limit):
        entries = payload.split("\x1e")
        assert len(entries) <= PACKETS_PER_PAYLOAD
        assert len(payload.encode()) <= limit or len(entries) == 1


@given(st.binary(max_size=200))
def test_any_bytes_are_packets_or_a_clear_error(body: bytes) -> None:
    client = Client()
    try:
        for packet in parse_payload(body):
            client.receive(packet)
    except UnexpectedResponse as error:
        assert error.detail


@given(st.sampled_from("0123456"), st.text(st.sampled_from('0123456-/,a[]{}"?:sid '), max_size=30))
def test_any_text_in_a_message_is_an_event_or_a_clear_error(kind: str, rest: str) -> None:
    try:
        received(f"4{kind}{rest}")
    except UnexpectedResponse as error:
        assert error.detail


@pytest.mark.parametrize(
    ("text", "packet"),
    [
        ("0", SocketPacket(SocketType.CONNECT)),
        ('0{"sid":"oSO0"}', SocketPacket(SocketType.CONNECT, {"sid": "oSO0"})),
        ('0/admin,{"sid":"x"}', SocketPacket(SocketType.CONNECT, {"sid": "x"}, "/admin")),
        ("1", SocketPacket(SocketType.DISCONNECT)),
        ("1/admin,", SocketPacket(SocketType.DISCONNECT, namespace="/admin")),
        ("1/admin", SocketPacket(SocketType.DISCONNECT, namespace="/admin")),
        ("0/admin?token=1,", SocketPacket(SocketType.CONNECT, namespace="/admin")),
        ('2["hello"]', SocketPacket(SocketType.EVENT, ["hello"])),
        ('2["hello",1]', SocketPacket(SocketType.EVENT, ["hello", 1])),
        ('212["hello"]', SocketPacket(SocketType.EVENT, ["hello"], id=12)),
        ('2/admin,456["a"]', SocketPacket(SocketType.EVENT, ["a"], "/admin", 456)),
        ("3/admin,456[]", SocketPacket(SocketType.ACK, [], "/admin", 456)),
        ('313["bar"]', SocketPacket(SocketType.ACK, ["bar"], id=13)),
        ('4"Unable to connect"', SocketPacket(SocketType.CONNECT_ERROR, "Unable to connect")),
        ('4{"message":"no"}', SocketPacket(SocketType.CONNECT_ERROR, {"message": "no"})),
    ],
)
def test_the_specification_s_socket_packets_are_read(text: str, packet: SocketPacket) -> None:
    assert parse_socket_packet(text) == packet


@pytest.mark.parametrize("text", ['51-["a",{"_placeholder":true,"num":0}]', "61-3[]", "5[]"])
def test_binary_events_are_a_clear_error(text: str) -> None:
    with pytest.raises(UnexpectedResponse) as caught:
        parse_socket_packet(text)
    assert "binary" in caught.value.detail


@pytest.mark.parametrize(
    "text", ["", "7", "2", "2{}", "2[]", "2[1]", '2"x"', "2[", "2abc", "21x[]", "3[]", "0[]", "0{}",
             "1{}", '21-["x"]', "2" + "[" * 100_000]
)  # fmt: skip
def test_a_malformed_socket_packet_is_a_clear_error_that_does_not_quote_it(text: str) -> None:
    with pytest.raises(UnexpectedResponse) as caught:
        received(f"4{text}")
    assert caught.value.detail
    assert caught.value.__cause__ is None


def test_a_socket_packet_is_written_as_the_specification_says() -> None:
    assert str(SocketPacket(SocketType.CONNECT, {"jwt": "x"})) == '0{"jwt": "x"}'
    assert str(SocketPacket(SocketType.EVENT, ["a"], "/admin", 12)) == '2/admin,12["a"]'
    assert str(SocketPacket(SocketType.DISCONNECT)) == "1"


@given(
    st.text(min_size=1),
    st.lists(st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=5)),
    st.none() | st.integers(0, 10**20),
)
def test_any_event_survives_writing_and_reading(
    name: str, arguments: list[object], number: int | None
) -> None:
    packet = SocketPacket(SocketType.EVENT, [name, *arguments], id=number)
    assert parse_socket_packet(str(packet)) == packet
