"""What a person may choose, and which choice comes first."""

import asyncio
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests.factories import make_conversation, make_endpoint, make_models
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
    make_models(Endpoint.objects.get(label="Server"), "llama", "mistral")
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


def names(user: User) -> list[str]:
    return [model.name for choice in choices(user) for model in choice.models]


def test_only_models_that_are_switched_on_and_still_listed_are_offered(alice: User) -> None:
    endpoint = make_endpoint("Server", "OpenAICompatible")
    make_models(endpoint, "llama")
    make_models(endpoint, "off", enabled=False)
    make_models(endpoint, "gone", gone_since=timezone.now())
    assert names(alice) == ["llama"]
    assert resolve(alice, endpoint.pk, "llama").model == "llama"
    for name in ("off", "gone", "never-heard-of"):
        with pytest.raises(NotOffered):
            resolve(alice, endpoint.pk, name)


def test_an_endpoint_with_every_model_switched_off_offers_nothing(alice: User) -> None:
    endpoint = make_endpoint("Fake", "FakeProvider")
    make_models(endpoint, "fake-1", "fake-2", enabled=False)
    assert names(alice) == []
    for name in ("", "fake-1"):
        with pytest.raises(NotOffered):
            resolve(alice, endpoint.pk, name)


def test_a_server_that_tells_no_models_may_be_asked_for_any(alice: User) -> None:
    endpoint = make_endpoint("Server", "OpenAICompatible")
    assert resolve(alice, endpoint.pk, "anything").model == "anything"


def test_people_read_labels_and_the_upstream_gets_names(alice: User) -> None:
    endpoint = make_endpoint("Server", "OpenAICompatible")
    make_models(endpoint, "anthropic/claude-9", label="Claude 9")
    make_models(endpoint, "plain")
    [choice] = choices(alice)
    assert [(model.name, model.label) for model in choice.models] == [
        ("anthropic/claude-9", "Claude 9"),
        ("plain", "plain"),
    ]


@pytest.mark.parametrize("provider", ["FakeProvider", "OpenAICompatible"])
def test_the_default_of_the_administrator_comes_before_the_providers(
    alice: User, provider: str
) -> None:
    endpoint = make_endpoint("Server", provider)
    make_models(endpoint, "first", "fake-1", "third")
    assert resolve(alice, endpoint.pk, "").model == (
        "fake-1" if provider == "FakeProvider" else "first"
    )
    endpoint.models.get(name="third").make_default()
    assert resolve(alice, endpoint.pk, "").model == "third"
    endpoint.models.filter(name="third").update(enabled=False)
    assert resolve(alice, endpoint.pk, "").model != "third"


@pytest.mark.parametrize("endpoints", [1, 12])
def test_choosing_costs_two_queries(
    alice: User, django_assert_num_queries: DjangoAssertNumQueries, endpoints: int
) -> None:
    for number in range(endpoints):
        endpoint = make_endpoint(f"Server {number}", "OpenAICompatible")
        make_models(endpoint, "llama", "mistral")
    with django_assert_num_queries(2):
        assert len(names(alice)) == 2 * endpoints
    for model in ("llama", ""):
        with django_assert_num_queries(2):
            resolve(alice, endpoint.pk, model)


def test_the_limits_of_time_of_an_endpoint_win_over_those_of_the_installation(
    alice: User, settings: Any
) -> None:
    settings.RUN_IDLE, settings.RUN_DEADLINE = 180, 1800
    plain, patient = make_endpoint(), make_endpoint(silence_seconds=600, total_seconds=7200)
    offer = resolve(alice, plain.pk, "demo")
    assert (offer.silence, offer.deadline) == (180, 1800)
    offer = resolve(alice, patient.pk, "demo")
    assert (offer.silence, offer.deadline) == (600, 7200)
