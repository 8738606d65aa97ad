"""What a person may choose, and what becomes of a choice."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from providers.base import AsyncGeneratorProvider, AsyncResult, Messages
from providers.registry import providers
from webchat.models import Conversation, Endpoint, User


class NotOffered(Exception):
    """The endpoint or the model is not one this person may use."""


@dataclass(frozen=True)
class Offer:
    """One model of one endpoint, ready to be asked."""

    endpoint: Endpoint
    provider: type[AsyncGeneratorProvider]
    model: str

    def ask(self, messages: Messages, options: dict[str, Any]) -> AsyncResult:
        """The answer to `messages`; `options` win over what the endpoint is configured with."""
        endpoint = self.endpoint
        return self.provider.create_async_generator(
            self.model,
            messages,
            proxy=endpoint.proxy or None,
            base_url=endpoint.base_url or None,
            api_key=endpoint.api_key or None,
            headers=endpoint.headers or None,
            **{**endpoint.options, **options},
        )

    @property
    def allowed_origin(self) -> str | None:
        """Scheme, host and port that pictures may come from even when they are private."""
        parts = urlsplit(self.endpoint.base_url)
        return f"{parts.scheme}://{parts.netloc}" if parts.netloc else None


@dataclass(frozen=True)
class Choice:
    """An endpoint as the picker shows it."""

    endpoint: Endpoint
    provider: type[AsyncGeneratorProvider]
    models: Sequence[str]
    image_models: frozenset[str]

    @property
    def label(self) -> str:
        return self.endpoint.label

    @property
    def default_model(self) -> str:
        wanted = self.provider.default_model or ""
        return wanted if wanted in self.models or not self.models else self.models[0]

    @property
    def host(self) -> str:
        """Where the text goes; empty for a provider that stays in this process."""
        address = self.endpoint.base_url or self.provider.url or ""
        return urlsplit(address).netloc.rpartition("@")[2]

    @property
    def unofficial(self) -> bool:
        return self.provider.unofficial

    @property
    def working(self) -> bool:
        return self.provider.working

    @property
    def supports_stream(self) -> bool:
        return self.provider.supports_stream

    @property
    def supports_history(self) -> bool:
        return self.provider.supports_message_history

    @property
    def supports_system(self) -> bool:
        return self.provider.supports_system_message

    @property
    def supports_images_in(self) -> bool:
        return self.provider.supports_images_in

    @property
    def makes_images(self) -> bool:
        return bool(self.image_models)


def _choice(endpoint: Endpoint) -> Choice | None:
    provider = providers().get(endpoint.provider)
    if provider is None:
        return None
    models = endpoint.model_names or provider.get_models()
    return Choice(endpoint, provider, models, frozenset(provider.image_models))


def choices(user: User) -> list[Choice]:
    """The endpoints this person may use, in the order of the picker."""
    found = (_choice(endpoint) for endpoint in Endpoint.objects.for_user(user))
    return [choice for choice in found if choice is not None]


def default_choice(
    user: User, conversation: Conversation | None = None
) -> tuple[Choice, str] | None:
    """What the composer starts with: the conversation's own, else the first that answers."""
    offered = choices(user)
    if conversation is not None:
        for choice in offered:
            if choice.endpoint.pk == conversation.endpoint_id:
                return choice, conversation.model or choice.default_model
    return first_that_answers(offered)


def first_that_answers(offered: Sequence[Choice]) -> tuple[Choice, str] | None:
    """Official endpoints with a known model come before the unofficial ones."""
    usable = [choice for choice in offered if choice.default_model]
    usable.sort(key=lambda choice: choice.unofficial or not choice.working)
    return (usable[0], usable[0].default_model) if usable else None


def resolve(user: User, endpoint_id: int, model: str) -> Offer:
    """The offer behind a choice made on the page. Raises NotOffered."""
    endpoint = Endpoint.objects.for_user(user).filter(pk=endpoint_id).first()
    choice = _choice(endpoint) if endpoint is not None else None
    if choice is None:
        raise NotOffered
    name = model or choice.default_model
    if choice.models and name not in choice.models:
        raise NotOffered
    return Offer(choice.endpoint, choice.provider, name)
