"""What a person may choose, and what becomes of a choice."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from providers.base import AsyncGeneratorProvider, AsyncResult, Messages, Timeouts
from providers.registry import providers
from webchat.models import Conversation, Endpoint, EndpointModel, User
from webchat.sql import Prepared, PreparedRows


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
            timeout=Timeouts(read=self.silence, total=self.deadline),
            **{**endpoint.options, **options},
        )

    @property
    def silence(self) -> float:
        """The longest silence within an answer, in seconds."""
        return self.endpoint.silence_seconds or settings.RUN_IDLE

    @property
    def deadline(self) -> float:
        """How long an answer may take in all, in seconds."""
        return self.endpoint.total_seconds or settings.RUN_DEADLINE

    @property
    def allowed_origin(self) -> str | None:
        """Scheme, host and port that pictures may come from even when they are private."""
        parts = urlsplit(self.endpoint.base_url)
        host = parts.netloc.rpartition("@")[2]  # rows of earlier releases may hold a password
        return f"{parts.scheme}://{host}" if host else None


@dataclass(frozen=True)
class OfferedModel:
    """A model that can be chosen; `label` is what people read."""

    name: str
    label: str
    is_default: bool = False


@dataclass(frozen=True)
class Choice:
    """An endpoint as the picker shows it."""

    endpoint: Endpoint
    provider: type[AsyncGeneratorProvider]
    models: Sequence[OfferedModel]
    image_models: frozenset[str]
    only_these: bool = True
    """Whether no other models than these may be asked for."""

    @property
    def label(self) -> str:
        return self.endpoint.label

    @property
    def default_model(self) -> str:
        """The administrator's default, else the provider's, else the first; "" without models."""
        wanted = self.provider.default_model
        marked = (model.name for model in self.models if model.is_default)
        named = (model.name for model in self.models if model.name == wanted)
        first = (model.name for model in self.models)
        return next(marked, None) or next(named, None) or next(first, "")

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


def choices(user: User) -> list[Choice]:
    """The endpoints this person may use, in the order of the picker; two queries."""
    return choices_of(Endpoint.objects.for_user(user))


def choices_of(endpoints: QuerySet[Endpoint]) -> list[Choice]:
    """What each of these endpoints offers; those whose provider is gone are left out."""
    known = [one for one in _knowing_models(endpoints) if one.provider in providers()]
    rows = _offered_rows(known)
    return [_choice(endpoint, rows[endpoint.pk]) for endpoint in known]


def _knowing_models(endpoints: QuerySet[Endpoint]) -> Any:
    """The same with `has_models`: whether there are rows that say which models are offered."""
    return endpoints.annotate(
        has_models=Exists(EndpointModel.objects.filter(endpoint=OuterRef("pk")))
    )


def _offered_rows(endpoints: Iterable[Any]) -> dict[int, list[OfferedModel]]:
    rows: dict[int, list[OfferedModel]] = defaultdict(list)
    known = [endpoint.pk for endpoint in endpoints if endpoint.has_models]
    if not known:
        return rows
    found = EndpointModel.objects.offered().filter(endpoint__in=known)
    columns = found.order_by("position", "id").values_list(
        "endpoint_id", "name", "label", "is_default"
    )
    for endpoint, name, label, is_default in columns:
        rows[endpoint].append(OfferedModel(name, label or name, is_default))
    return rows


def _choice(endpoint: Any, rows: Sequence[OfferedModel]) -> Choice:
    provider = providers()[endpoint.provider]
    if not endpoint.has_models:
        rows = [OfferedModel(name, name) for name in provider.get_models()]
    known = bool(rows) or endpoint.has_models
    return Choice(endpoint, provider, rows, frozenset(provider.image_models), known)


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


_ENDPOINT: Prepared[Endpoint] = Prepared(
    lambda user, pk: _knowing_models(Endpoint.objects.for_user(user)).filter(pk=pk)
)
_OFFERED = PreparedRows(
    lambda endpoint, name: (
        EndpointModel.objects.offered().filter(endpoint=endpoint, name=name).values_list("pk")
    )
)


def resolve(user: User, endpoint_id: int, model: str) -> Offer:
    """The offer behind a choice made on the page; two queries. Raises NotOffered."""
    endpoint: Any = _ENDPOINT.first(user.pk, endpoint_id)
    provider = providers().get(endpoint.provider) if endpoint is not None else None
    if provider is None:
        raise NotOffered
    if not model or not endpoint.has_models:
        model = _checked(_choice(endpoint, _offered_rows([endpoint])[endpoint.pk]), model)
    elif not _OFFERED.all(endpoint.pk, model):
        raise NotOffered
    return Offer(endpoint, provider, model)


def _checked(choice: Choice, model: str) -> str:
    """`model` or the default. A server that tells no models may be asked for any."""
    names = [offered.name for offered in choice.models]
    name = model or choice.default_model
    if choice.only_these and name not in names:
        raise NotOffered
    return name
