"""What a person may choose, and which choice comes first."""

import asyncio
from typing import Any

import pytest
from django.contrib.auth.models import Group

from tests.factories import make_conversation, make_endpoint
from tests.fakes import FakeProvider
from webchat.catalog import NotOffered, choices, default_choice, resolve
from webchat.models import Endpoint, User

pytestmark = pytest.mark.usefixtures("transactional_db", "fake")


def test_the_default_is_the_first_official_endpoint_that_told_its_models(alice: User) -> None:
    make_endpoint("Server", "OpenAICompatible", position=10)
    make_endpoint("Demo", "Demo", position=200)
    found = default_choice(alice)
    assert found is not None
    assert found[0].label == "Demo"
    Endpoint.objects.filter(label="Server").update(model_names=["llama", "mistral"])
    found = default_choice(alice)
    assert found is not None
    assert (found[0].label, found[1]) == ("Server", "llama")


def test_an_unofficial_endpoint_is_never_the_default_before_an_official_one(alice: User) -> None:
    make_endpoint("Koala", "Koala", position=1)
    make_endpoint("Demo", "Demo", position=200)
    found = default_choice(alice)
    assert found is not None
    assert found[0].label == "Demo"


def test_a_conversation_goes_on_with_its_own_model(alice: User) -> None:
    make_endpoint("Demo", "Demo")
    mine = make_endpoint("Fake", "FakeProvider")
    conversation = make_conversation(alice, endpoint=mine, model="fake-2")
    found = default_choice(alice, conversation)
    assert found is not None
    assert (found[0].endpoint, found[1]) == (mine, "fake-2")


def test_an_endpoint_for_a_group_is_offered_to_its_members_only(alice: User, bob: User) -> None:
    group = Group.objects.create(name="writers")
    endpoint = make_endpoint("Fake", "FakeProvider", everyone=False)
    endpoint.groups.add(group)
    alice.groups.add(group)
    assert [choice.label for choice in choices(alice)] == ["Fake"]
    assert choices(bob) == []
    with pytest.raises(NotOffered):
        resolve(bob, endpoint.pk, "fake-1")


def test_an_endpoint_whose_plug_in_is_gone_is_not_offered(alice: User) -> None:
    endpoint = make_endpoint("Gone", "NoSuchProvider")
    assert choices(alice) == []
    with pytest.raises(NotOffered):
        resolve(alice, endpoint.pk, "")


def test_an_offer_asks_with_what_the_endpoint_is_configured_with(alice: User) -> None:
    endpoint = make_endpoint(
        "Fake",
        "FakeProvider",
        base_url="http://127.0.0.1:9/v1",
        api_key="sk-1",
        headers={"x-a": "b"},
        options={"temperature": 0.2, "top_p": 1},
    )
    offer = resolve(alice, endpoint.pk, "fake-2")

    async def ask() -> Any:
        async with offer.ask([{"role": "user", "content": "Hi"}], {"temperature": 0.9}) as answer:
            return [value async for value in answer]

    asyncio.run(ask())
    request = FakeProvider.requests[-1]
    assert (request.model, request.base_url, request.api_key) == (
        "fake-2",
        "http://127.0.0.1:9/v1",
        "sk-1",
    )
    assert request.options == {"temperature": 0.9, "top_p": 1}
    assert offer.allowed_origin == "http://127.0.0.1:9"
