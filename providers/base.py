"""What every provider is: a class that turns one chat request into a stream of values.

A provider names its upstream by class attributes and implements `_generate`. Everything that
holds for all of them is here, once: the public call, cleaning, `<think>` tags, the finish reason
and the kinds of error.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, cast
from urllib.parse import urlsplit, urlunsplit

from providers.errors import (
    ModelNotFound,
    RequestRejected,
    UnexpectedResponse,
    raise_as_provider_error,
)
from providers.fragments import Fragments
from providers.prompts import Messages
from providers.proxy import check_proxy
from providers.response import (
    FinishReason,
    ImageResponse,
    Reasoning,
    Sources,
    Usage,
    Value,
)
from providers.result import AsyncResult
from providers.timeouts import Timeouts

__all__ = [
    "AsyncGeneratorProvider",
    "AsyncResult",
    "BaseProvider",
    "Messages",
    "ProviderModelMixin",
    "Request",
    "Timeouts",
]

_VALUES = (str, Reasoning, Sources, ImageResponse, Usage, FinishReason)
_SOCKET_SCHEMES = {"http": "ws", "https": "wss"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One chat request, as a provider's `_generate` receives it.

    `options` holds every further keyword of the call (temperature, aspect_ratio, …). The key and
    the conversation are kept out of the representation, so that no log can show them.
    """

    model: str
    messages: Messages = field(repr=False)
    proxy: str | None = field(default=None, repr=False)
    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout: Timeouts | float | None = None
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def timeouts(self) -> Timeouts:
        """The limits of this request with all defaults filled in."""
        return Timeouts.of(self.timeout)


class BaseProvider:
    """What is known about a provider without asking it."""

    url: ClassVar[str] = ""
    """The page or the service people know."""
    label: ClassVar[str] = ""
    """Its name for people; the class's name where it has none of its own."""
    api_endpoint: ClassVar[str] = ""
    login_url: ClassVar[str | None] = None
    working: ClassVar[bool] = False
    """Whether it may be offered without somebody switching it on."""
    unofficial: ClassVar[bool] = False
    """Whether the upstream never invited programs: no key, no promise, no support."""
    needs_auth: ClassVar[bool] = False
    needs_base_url: ClassVar[bool] = False
    """Whether an endpoint of this provider is nothing without an address of its own."""
    use_nodriver: ClassVar[bool] = False
    supports_stream: ClassVar[bool] = False
    supports_system_message: ClassVar[bool] = False
    supports_message_history: ClassVar[bool] = False
    supports_images_in: ClassVar[bool] = False
    """Whether messages may hold pictures."""
    default_model: ClassVar[str] = ""
    models: ClassVar[Sequence[str]] = ()
    image_models: ClassVar[Sequence[str]] = ()
    """Those of `models` that draw."""
    model_aliases: ClassVar[Mapping[str, str]] = {}
    strict_models: ClassVar[bool] = False
    """Whether a model outside `models` is refused before the upstream is asked."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "label" not in cls.__dict__:
            cls.label = cls.__name__

    @classmethod
    def get_models(cls) -> list[str]:
        """The models that can be chosen."""
        return list(cls.models)

    @classmethod
    def get_model(cls, model: str) -> str:
        """The model to ask the upstream for when `model` was asked for."""
        return model


class ProviderModelMixin(BaseProvider):
    """For providers that know their models."""

    @classmethod
    def get_models(cls) -> list[str]:
        """The models that can be chosen; the default one where no more are known."""
        if cls.models:
            return list(cls.models)
        return [cls.default_model] if cls.default_model else []

    @classmethod
    def get_model(cls, model: str) -> str:
        """The default for "", the target of an alias, any other name as it is.

        Raises ModelNotFound for an unknown name where the provider is strict.
        """
        model = cls.model_aliases.get(model, model) or cls.default_model
        if cls.strict_models and model not in cls.get_models():
            raise ModelNotFound(detail=f"{cls.__name__} has no such model")
        return model


class AsyncGeneratorProvider(BaseProvider):
    """A provider that answers in pieces. Never instantiated, and without any state."""

    supports_stream = True

    @classmethod
    def create_async_generator(
        cls,
        model: str,
        messages: Messages,
        proxy: str | None = None,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: Timeouts | float | None = None,
        **options: Any,
    ) -> AsyncResult:
        """The answer of `model` to `messages`, which begins when it is first read.

        `proxy` is an HTTP or SOCKS proxy's address; `base_url` replaces scheme, host, port and
        the beginning of the path of the upstream; `timeout` is in seconds (the longest silence)
        or all limits as Timeouts. Reading it raises only ProviderErrors.
        """
        request = Request(
            model=model,
            messages=messages,
            proxy=proxy,
            base_url=base_url,
            api_key=api_key,
            headers=dict(headers or {}),
            timeout=timeout,
            options=options,
        )
        return AsyncResult(cls._answer(request))

    @classmethod
    def _generate(cls, request: Request) -> AsyncIterator[Value]:
        """The values of one answer. Every provider implements this, as an async generator."""
        raise NotImplementedError

    @classmethod
    def starts_in_reasoning(cls, model: str) -> bool:
        """Whether this model's text begins inside `<think>` without saying so."""
        return False

    @classmethod
    def address(cls, request: Request, url: str) -> str:
        """Where to ask instead of `url`, one of the upstream's own addresses.

        Raises RequestRejected for a `base_url` that is no web address.
        """
        if not request.base_url:
            return url
        base, target = _web_address(request.base_url), urlsplit(url)
        scheme = _SOCKET_SCHEMES[base[0]] if target.scheme in ("ws", "wss") else base[0]
        return urlunsplit((scheme, base[1], base[2] + target.path, target.query, ""))

    @classmethod
    async def _answer(cls, request: Request) -> AsyncGenerator[Value, None]:
        """The values of `_generate`, made to keep the contract."""
        fragments = Fragments()
        reason: FinishReason | None = None
        said_anything = False
        failure: Exception | None = None
        try:
            check_proxy(request.proxy)
            request = replace(request, model=cls.get_model(request.model))
            fragments = Fragments(cls.starts_in_reasoning(request.model))
            async with aclosing(
                cast(AsyncGenerator[Value, None], cls._generate(request))
            ) as values:
                async for value in values:
                    for piece in fragments.feed(_checked(value)):
                        if isinstance(piece, FinishReason):
                            reason = piece
                        else:
                            said_anything = True
                            yield piece
                    if reason is not None:
                        break
        except Exception as error:
            failure = error
        for piece in fragments.flush():
            said_anything = True
            yield piece
        if failure is not None:
            raise_as_provider_error(failure)
        if not (said_anything or reason):
            raise UnexpectedResponse("The provider sent no answer.", detail="empty answer")
        yield reason or FinishReason()


def _checked(value: Any) -> Value:
    if not isinstance(value, _VALUES):
        raise UnexpectedResponse(detail=f"the provider yielded {type(value).__name__}")
    return value


def _web_address(base_url: str) -> tuple[str, str, str]:
    """Scheme, host with port, and path without its last slash."""
    try:
        parts = urlsplit(base_url)
        if parts.scheme in _SOCKET_SCHEMES and parts.hostname and parts.port != 0:
            return parts.scheme, parts.netloc, parts.path.rstrip("/")
    except ValueError:
        pass
    raise RequestRejected(
        "The endpoint's address is not a web address that begins with http:// or https://.",
        detail="base_url",
    )
