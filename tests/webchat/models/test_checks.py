"""What an administrator may type, and what is said about the rest."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from webchat.models import Endpoint, checks

SECRET = "s3cret"


def complaint(check: Any, value: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        check(value)
    return " ".join(caught.value.messages)


@pytest.mark.parametrize(
    "address",
    [
        "https://openrouter.ai/api/v1",
        "http://127.0.0.1:11434/v1",
        "http://[::1]:8080/v1/",
        "https://bücher.example/v1",
    ],
)
def test_web_addresses_are_taken(address: str) -> None:
    checks.check_base_url(address)


@pytest.mark.parametrize(
    "address",
    [
        "openrouter.ai/api/v1",
        "ftp://files.example/v1",
        "javascript:alert(1)",
        "https://",
        "https://host:port/v1",
        "https://host:0/v1",
        "https://host:99999/v1",
        "https://ho st/v1",
        "https://host/v1\n",
        "https://[::1/v1",
        "https://host/v1?key=1",
        "https://host/v1#top",
    ],
)
def test_what_is_no_plain_web_address_is_refused(address: str) -> None:
    complaint(checks.check_base_url, address)


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    said = complaint(checks.check_base_url, f"https://me:{SECRET}@host/v1")
    assert "into the key" in said
    assert SECRET not in said


def test_a_proxy_that_cannot_be_used_is_refused_and_not_repeated() -> None:
    checks.check_proxy_address(f"socks5://me:{SECRET}@proxy:1080")
    for proxy in (f"gopher://me:{SECRET}@proxy", f"http://me:{SECRET}@", "proxy:8080"):
        assert SECRET not in complaint(checks.check_proxy_address, proxy)


@pytest.mark.parametrize("key", [f"{SECRET} and more", f"{SECRET}\n", f"{SECRET}é", f"\0{SECRET}"])
def test_a_key_that_cannot_be_sent_is_refused_and_not_repeated(key: str) -> None:
    checks.check_key("sk-or-v1-0123456789abcdef")
    assert SECRET not in complaint(checks.check_key, key)


def test_headers_that_can_be_sent_are_taken() -> None:
    checks.check_headers({"HTTP-Referer": "https://x.example", "X-Title": "Chat (ours)", "a": "b"})


@pytest.mark.parametrize(
    "headers",
    [
        [],
        "X-Title: Chat",
        {"X Title": SECRET},
        {"": SECRET},
        {"X-Title:": SECRET},
        {"X-Ü": SECRET},
        {"X-Title": f"{SECRET}\r\nHost: evil.example"},
        {"X-Title": f"{SECRET}\0"},
        {"X-Title": f" {SECRET}"},
        {"X-Title": f"{SECRET}é"},
        {"X-Title": 7},
        {"X-Title": None},
        {"X-Title": SECRET * 1000},
        {"x-title": SECRET, "X-Title": SECRET},
        {"Host": "evil.example"},
        {"content-length": "7"},
        {"Transfer-Encoding": "chunked"},
        {f"X-{n}": SECRET for n in range(21)},
    ],
)
def test_headers_that_cannot_be_sent_are_refused_and_no_value_is_repeated(headers: Any) -> None:
    assert SECRET not in complaint(checks.check_headers, headers)


@pytest.mark.parametrize("options", [[], "x", {"api_key": "x"}, {"timeout": 3}, {"model": "x"}])
def test_options_that_would_take_the_place_of_something_else_are_refused(options: Any) -> None:
    complaint(checks.check_options, options)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "a\0b", ["\ud83d"]])
def test_options_that_no_database_takes_are_refused(value: Any) -> None:
    complaint(checks.check_options, {"a": value})
    checks.check_options({"a": "\U0001f600"})


def endpoint(**fields: Any) -> Endpoint:
    return Endpoint(**{"label": "Server", "provider": "Demo"} | fields)


def test_a_provider_that_needs_an_address_is_refused_without_one() -> None:
    assert "needs an address" in complaint(Endpoint.clean, endpoint(provider="OpenAICompatible"))
    endpoint(provider="OpenAICompatible", base_url="https://host/v1").clean()
    endpoint().clean()


def test_a_key_and_a_header_for_the_same_purpose_are_refused() -> None:
    headers = {"authorization": f"Basic {SECRET}"}
    endpoint(headers=headers).clean()
    said = complaint(Endpoint.clean, endpoint(headers=headers, api_key="sk"))
    assert "leave one of them out" in said
    assert SECRET not in said
