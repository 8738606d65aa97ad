"""Asking endpoints now: which models they have, and whether they answer."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from asgiref.sync import async_to_sync
from django.utils.translation import gettext_noop

from providers.errors import (
    AuthenticationFailed,
    ModelNotFound,
    ProviderError,
    RequestRejected,
    Timeout,
    Unavailable,
    UnexpectedResponse,
)
from providers.openai_models import ModelInfo
from providers.response import FinishReason, Usage
from webchat.catalog.discovery import ask_for_models, tells_models
from webchat.catalog.listing import Listing, store, usable
from webchat.catalog.offers import Choice, Offer, choices_of
from webchat.db import release_connections
from webchat.models import Endpoint

TRIAL_SECONDS = 20  # for one endpoint in all; proxies wait a minute for a page
QUESTION = "Reply with the single word: ready"
NO_MODEL = gettext_noop("The endpoint lists no model.")
NOT_INSTALLED = gettext_noop("The provider of this endpoint is not installed.")
EMPTY = gettext_noop("The provider sent an empty answer.")


@dataclass(frozen=True)
class Trial:
    """What came of asking an endpoint. It works when it began to answer a tiny question.

    `models` is None where it tells none. `refusal` is why it did not tell them, `error` why there
    was no answer; times are seconds until the list was there and until the answer began.
    """

    endpoint: Endpoint
    model: str = ""
    models: Sequence[ModelInfo] | None = None
    listed_after: float | None = None
    refusal: ProviderError | None = None
    answered_after: float | None = None
    error: ProviderError | None = None
    listing: Listing | None = field(default=None, compare=False)

    @property
    def works(self) -> bool:
        return self.answered_after is not None


def try_endpoints(endpoints: Sequence[Endpoint]) -> list[Trial]:
    """Ask all of them at once, and keep the lists of models that they tell.

    For synchronous callers; no connection to the database is held meanwhile.
    """
    found = {
        choice.endpoint.pk: choice
        for choice in choices_of(Endpoint.objects.filter(pk__in=[one.pk for one in endpoints]))
    }
    release_connections(failed=False)
    trials = {trial.endpoint.pk: trial for trial in async_to_sync(_try_all)(found.values())}
    missing = RequestRejected(NOT_INSTALLED, detail="no such provider")
    return [_kept(trials.get(one.pk) or Trial(one, error=missing)) for one in endpoints]


def _kept(trial: Trial) -> Trial:
    if trial.models is None:
        return trial
    return replace(trial, listing=store(trial.endpoint, trial.models))


async def _try_all(chosen: Iterable[Choice]) -> list[Trial]:
    return await asyncio.gather(*(try_one(choice) for choice in chosen))


async def try_one(choice: Choice) -> Trial:
    """Ask one endpoint, within TRIAL_SECONDS in all."""
    ends = asyncio.get_running_loop().time() + TRIAL_SECONDS
    trial = Trial(choice.endpoint)
    if tells_models(choice.endpoint):
        trial = await _list(trial, ends)
    if isinstance(trial.refusal, Unavailable | AuthenticationFailed):
        return replace(trial, error=trial.refusal)  # it would only say so again
    listed = (model.id for model in trial.models or [])
    model = choice.default_model or next(listed, "")  # of a fresh endpoint nothing is known yet
    if not model:
        return replace(trial, error=trial.refusal or ModelNotFound(NO_MODEL, detail="no model"))
    return await _ask(Offer(choice.endpoint, choice.provider, model), trial, ends)


async def _list(trial: Trial, ends: float) -> Trial:
    began = time.monotonic()
    try:
        async with asyncio.timeout_at(ends):
            models = await ask_for_models(trial.endpoint)
    except TimeoutError:
        return replace(trial, refusal=_too_late())
    except ProviderError as error:
        return replace(trial, refusal=error)
    return replace(trial, models=usable(models), listed_after=time.monotonic() - began)


async def _ask(offer: Offer, trial: Trial, ends: float) -> Trial:
    """Put the question, and leave as soon as the answer begins."""
    trial = replace(trial, model=offer.model)
    began = time.monotonic()
    try:
        async with (
            asyncio.timeout_at(ends),
            offer.ask([{"role": "user", "content": QUESTION}], {}) as answer,
        ):
            async for value in answer:
                if not isinstance(value, Usage | FinishReason):
                    return replace(trial, answered_after=time.monotonic() - began)
    except TimeoutError:
        return replace(trial, error=_too_late())
    except ProviderError as error:
        return replace(trial, error=error)
    return replace(trial, error=UnexpectedResponse(EMPTY, detail="empty"))


def _too_late() -> Timeout:
    return Timeout(detail=f"nothing within {TRIAL_SECONDS} seconds")


def refresh(endpoint: Endpoint) -> Listing:
    """Ask an endpoint for its models now, and keep them. Raises ProviderError.

    For synchronous callers, like `try_endpoints`.
    """
    release_connections(failed=False)
    return store(endpoint, async_to_sync(ask_for_models)(endpoint))
