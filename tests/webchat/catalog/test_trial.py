"""Asking an endpoint now, by the real way over a real socket."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from providers.errors import ProviderError
from tests.emulators.koala import KoalaEmulator
from tests.emulators.openai import OpenAIEmulator
from tests.factories import make_endpoint, make_models
from webchat.catalog import discover, refresh, renew, trial, try_endpoints
from webchat.catalog.trial import Trial
from webchat.db import db
from webchat.models import Endpoint

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def server() -> AsyncIterator[OpenAIEmulator]:
    async with OpenAIEmulator(pace=0) as emulator:
        emulator.api_key = "sk-right"
        yield emulator


def endpoint_at(server: OpenAIEmulator, **fields: Any) -> Endpoint:
    given = {"base_url": server.base_url, "api_key": "sk-right"} | fields
    return make_endpoint("Server", "OpenAICompatible", **given)


async def tried(endpoint: Endpoint) -> Trial:
    [result] = await db(try_endpoints, [endpoint])
    return result


def offered(endpoint: Endpoint) -> list[str]:
    return list(endpoint.models.offered().values_list("name", flat=True))


async def test_a_server_that_works_tells_its_models_and_answers(server: OpenAIEmulator) -> None:
    endpoint = await db(endpoint_at, server)
    result = await tried(endpoint)
    assert result.works
    assert result.error is result.refusal is None
    assert result.models
    assert result.model == result.models[0].id
    assert 0 < (result.listed_after or 0) < 20
    assert 0 < (result.answered_after or 0) < 20
    assert await db(offered, endpoint) == [model.id for model in result.models]


async def test_the_default_model_is_the_one_that_is_asked(server: OpenAIEmulator) -> None:
    endpoint = await db(endpoint_at, server)
    names = [model.id for model in (await tried(endpoint)).models or []]
    await db(lambda: endpoint.models.get(name=names[-1]).make_default())
    assert (await tried(endpoint)).model == names[-1]


async def test_a_wrong_key_is_told_in_plain_words(server: OpenAIEmulator) -> None:
    endpoint = await db(endpoint_at, server, api_key="sk-wrong")
    result = await tried(endpoint)
    assert not result.works
    assert result.error
    assert result.error.code == "authentication_failed"
    assert "sk-wrong" not in f"{result.error} {result}"
    assert [request.path for request in server.requests] == ["/v1/models"]


async def test_a_server_that_is_not_there_is_told(server: OpenAIEmulator) -> None:
    endpoint = await db(endpoint_at, server, base_url="http://127.0.0.1:9/v1")
    result = await tried(endpoint)
    assert result.error
    assert result.error.code == "unavailable"


async def test_a_server_that_says_nothing_is_given_up(
    server: OpenAIEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "TRIAL_SECONDS", 0.2)
    server.fault = "stall"
    result = await tried(await db(endpoint_at, server))
    assert result.error
    assert result.error.code == "timeout"


async def test_a_server_without_a_list_is_asked_all_the_same(server: OpenAIEmulator) -> None:
    known = (await tried(await db(endpoint_at, server))).model
    endpoint = await db(endpoint_at, server, base_url=server.base_url.removesuffix("/v1") + "/none")
    await db(make_models, endpoint, known, by_hand=True)
    result = await tried(endpoint)
    assert result.refusal
    assert result.model == known
    assert [request.path for request in server.requests][-1] == "/none/chat/completions"


async def test_a_server_whose_list_works_and_whose_answers_do_not_is_told(
    server: OpenAIEmulator,
) -> None:
    server.fault = "quota"
    result = await tried(await db(endpoint_at, server))
    assert result.models
    assert not result.works
    assert result.error
    assert "no credit left" in result.error.message


async def test_a_default_that_the_server_does_not_know_is_asked_and_told(
    server: OpenAIEmulator,
) -> None:
    endpoint = await db(endpoint_at, server)
    await db(make_models, endpoint, "no-such-model", by_hand=True, is_default=True)
    result = await tried(endpoint)
    assert result.error
    assert result.error.code == "model_not_found"


async def test_a_provider_without_a_list_is_asked_a_tiny_question() -> None:
    async with KoalaEmulator(pace=0) as emulator:
        endpoint = await db(make_endpoint, "Koala", "Koala", base_url=emulator.base_url)
        result = await tried(endpoint)
        assert result.works
        assert result.models is None
        assert result.model == "gpt-4o-mini"
        await emulator.until_calm()


async def test_several_are_asked_at_once_and_told_in_their_order(server: OpenAIEmulator) -> None:
    good = await db(endpoint_at, server)
    bad = await db(endpoint_at, server, api_key="sk-wrong")
    results = await db(try_endpoints, [bad, good])
    assert [result.works for result in results] == [False, True]


async def test_what_administrators_switched_off_can_be_tried(server: OpenAIEmulator) -> None:
    assert (await tried(await db(endpoint_at, server, enabled=False))).works


async def test_refreshing_keeps_the_list_or_says_why_not(server: OpenAIEmulator) -> None:
    endpoint = await db(endpoint_at, server)
    listing = await db(refresh, endpoint)
    assert listing.total == listing.new == len(await db(offered, endpoint))
    server.fault = "500"
    with pytest.raises(ProviderError):
        await db(refresh, endpoint)
    assert await db(offered, endpoint)


async def test_discovery_asks_what_is_due_and_keeps_what_it_hears(server: OpenAIEmulator) -> None:
    endpoint = await db(endpoint_at, server)
    await discover()
    assert await db(offered, endpoint)
    await discover()
    assert len(server.requests) == 1
    await db(renew, endpoint)
    await discover()
    assert len(server.requests) == 2


async def test_the_list_of_a_failing_endpoint_stays(server: OpenAIEmulator) -> None:
    endpoint = await db(endpoint_at, server)
    await discover()
    server.fault = "500"
    await db(renew, endpoint)
    await discover()
    assert await db(offered, endpoint)


async def test_models_of_a_provider_that_knows_its_own_are_there_at_once() -> None:
    endpoint = await db(make_endpoint)
    await db(renew, endpoint)
    assert await db(offered, endpoint) == ["demo", "demo-reasoning", "demo-image"]


async def test_an_endpoint_whose_package_is_gone_is_told() -> None:
    result = await tried(await db(make_endpoint, "Gone", "NoSuchProvider"))
    assert result.error
    assert "not installed" in result.error.message
