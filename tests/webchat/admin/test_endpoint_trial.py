"""Endpoints asked from the panel: the test and its words, models that come and go."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import ThreadSensitiveContext
from django.test import AsyncClient
from django.urls import reverse

from tests.emulators.openai import OpenAIEmulator
from tests.factories import make_endpoint, make_models
from tests.webchat.admin.test_endpoints import ADD, KEY, LIST, fields, only
from webchat.db import db
from webchat.models import Endpoint, User


@pytest.fixture
async def emulator() -> AsyncIterator[OpenAIEmulator]:
    async with OpenAIEmulator(pace=0) as emulator:
        emulator.api_key = KEY
        yield emulator


@pytest.fixture
def browser(transactional_db: None, staff: User) -> AsyncClient:
    """The administrator's browser at a server that does other things meanwhile."""
    client = AsyncClient()
    client.force_login(staff)
    return client


async def at(emulator: OpenAIEmulator, key: str = KEY) -> Endpoint:
    return await db(
        make_endpoint, "Server", "OpenAICompatible", base_url=emulator.base_url, api_key=key
    )


async def test_a_test_shows_the_models_and_how_long_it_took(
    browser: AsyncClient, emulator: OpenAIEmulator
) -> None:
    endpoint = await at(emulator)
    answer = await browser.post(reverse("admin:webchat_endpoint_test", args=[endpoint.pk]))
    page = answer.content.decode()
    assert "works" in page
    assert "emulator-reasoning" in page
    assert "began to answer after" in page
    assert KEY not in page
    assert await db(endpoint.models.count) > 1


async def test_a_test_tells_in_plain_words_what_is_wrong(
    browser: AsyncClient, emulator: OpenAIEmulator
) -> None:
    endpoint = await at(emulator, "sk-wrong")
    answer = await browser.post(reverse("admin:webchat_endpoint_test", args=[endpoint.pk]))
    page = answer.content.decode()
    assert "does not work" in page
    assert "The provider refused the key it was given." in page
    assert "sk-wrong" not in page


async def test_several_are_asked_from_the_list(
    browser: AsyncClient, emulator: OpenAIEmulator
) -> None:
    chosen = [(await at(emulator)).pk, (await at(emulator, "sk-wrong")).pk]
    answer = await browser.post(LIST, {"action": "test", "_selected_action": chosen})
    assert answer.content.decode().count('<section class="trial') == 2


async def test_saving_and_testing_are_one_step(
    browser: AsyncClient, emulator: OpenAIEmulator
) -> None:
    given = fields(base_url=emulator.base_url, api_key=KEY, _test="Save and test")
    answer = await browser.post(ADD, given)
    endpoint = await db(only)
    target = reverse("admin:webchat_endpoint_test", args=[endpoint.pk])
    assert (answer.status_code, answer["Location"]) == (307, target)
    assert "works" in (await browser.post(target, given)).content.decode()


async def served(request: Any) -> Any:
    """Each request has a thread of its own, as in the real server."""
    async with ThreadSensitiveContext():
        return await request


async def test_other_pages_are_served_while_an_endpoint_keeps_silent(
    browser: AsyncClient, emulator: OpenAIEmulator
) -> None:
    emulator.fault = "stall"
    endpoint = await at(emulator)
    address = reverse("admin:webchat_endpoint_test", args=[endpoint.pk])
    test = asyncio.create_task(served(browser.post(address)))
    await emulator.was_asked.wait()
    assert (await served(browser.get(LIST))).status_code == 200
    assert not test.done()
    await emulator.stop()
    assert "does not work" in (await test).content.decode()
    await emulator.start()


async def test_refreshing_tells_what_came_and_went(
    browser: AsyncClient, emulator: OpenAIEmulator
) -> None:
    endpoint = await at(emulator)
    await db(make_models, endpoint, "gone-by-now")
    address = reverse("admin:webchat_endpoint_refresh", args=[endpoint.pk])
    answer = await browser.post(address, follow=True)
    page = answer.content.decode()
    assert "6 models: 6 new, 1 no longer listed." in page
    assert "Models of Server" in page
    emulator.fault = "500"
    assert "cannot be reached" in (await browser.post(address, follow=True)).content.decode()
