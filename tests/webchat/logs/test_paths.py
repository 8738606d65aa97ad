"""What the log tells of the addresses that were asked for."""

import io
import logging
from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils.log import log_response

from webchat.logs.context import begin_request
from webchat.logs.paths import WithoutSecrets, without_secrets
from webchat.settings.logs import FORMATTERS

TOKEN = "Kx7-" + "a" * 28


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What Django's own lines become."""
    described = dict(FORMATTERS["line"])
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(described.pop("()")(**described))
    handler.addFilter(WithoutSecrets())
    log = logging.getLogger("django.request")
    log.addHandler(handler)
    yield stream
    log.removeHandler(handler)


def test_paths_are_told_without_their_tokens() -> None:
    conversation = f"/c/{uuid4()}/"

    assert without_secrets(conversation) == conversation
    assert without_secrets(f"/setup/{TOKEN}/") == "/setup/…/"
    assert without_secrets("/accounts/password/reset/key/3-" + "0f" * 16 + "/") == (
        "/accounts/password/reset/key/…/"
    )
    assert without_secrets("/static/js/conversation.0123456789ab.js").endswith("ab.js")


async def test_an_error_names_the_page_and_keeps_what_was_asked_of_it(lines: io.StringIO) -> None:
    begin_request("0a1b2c3d")
    request = RequestFactory().get(f"/setup/{TOKEN}/", {"q": "a private matter"})
    response = HttpResponse(status=503)
    log_response("%s: %s", "Service Unavailable", request.path, response=response, request=request)

    assert lines.getvalue().endswith("Service Unavailable: /setup/…/ [request=0a1b2c3d]\n")
