"""Only the doctor is told what arrives of a request."""

from typing import Any

from django.core import signing

from webchat.doctor.probe import HEADER, answer_probe, is_probe, word


def scope(*values: str, **fields: Any) -> dict[str, Any]:
    headers = [(HEADER.lower().encode(), value.encode()) for value in values]
    request = {"type": "http", "path": "/", "query_string": b"", "http_version": "1.1"}
    return {**request, "headers": headers, **fields}


async def answered(request: dict[str, Any]) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await answer_probe(request, receive, send)
    return sent


def test_our_own_word_is_taken_and_no_other() -> None:
    assert is_probe(scope(word()))
    assert not is_probe(scope())
    assert not is_probe(scope("probe"))
    assert not is_probe(scope(word() + "x"))
    assert not is_probe(scope(word(), word()))
    assert not is_probe(scope(signing.TimestampSigner(salt="another").sign("probe")))


def test_a_word_grows_old(monkeypatch: Any) -> None:
    old = word()
    monkeypatch.setattr("webchat.doctor.probe.SECONDS", -1)
    assert not is_probe(scope(old))


async def test_no_cookie_and_no_key_is_told_back() -> None:
    request = scope(word())
    request["headers"] += [(b"cookie", b"webchat_session=secret"), (b"authorization", b"secret")]
    _start, body = await answered(request)
    assert b"secret" not in body["body"]
    assert b'"cookie": "there"' in body["body"]


async def test_a_picture_is_named_only_where_pictures_lie() -> None:
    start, _body = await answered(scope(word(), query_string=b"picture=../../etc/passwd"))
    assert b"x-accel-redirect" not in dict(start["headers"])
