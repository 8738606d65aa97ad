"""Everything that may go wrong with an upstream, as a person and as a log read it.

ProviderError
├── AuthenticationFailed   the key is missing, wrong or not allowed to do this
├── RateLimited            too many requests; `retry_after` says when to come back
├── ModelNotFound          the upstream does not offer this model
├── RequestRejected        the upstream understood and refused
│   ├── ContextTooLong     the conversation does not fit into the model
│   └── ContentBlocked     a filter of the upstream stopped the question or the answer
├── Unavailable            nobody answers, or the upstream is broken at the moment
│   └── Timeout            it did not answer in time
└── UnexpectedResponse     it answered something that is not its protocol
"""

import traceback
from pathlib import Path
from typing import NoReturn


class ProviderError(Exception):
    """An upstream did not give the answer.

    `message` is a sentence for the person at the page (English source text; the page may
    translate it by `code`), `detail` is for the log and holds no prompt, answer or key,
    `can_retry` says whether the same request may succeed later.
    """

    code = "provider_error"
    message = "The provider could not answer."
    can_retry = True

    def __init__(self, message: str = "", *, detail: str = "") -> None:
        self.message = message or self.message
        self.detail = detail
        super().__init__(f"{self.message} ({detail})" if detail else self.message)


class AuthenticationFailed(ProviderError):
    code = "authentication_failed"
    message = "The provider refused the key it was given."
    can_retry = False


class RateLimited(ProviderError):
    """`retry_after` is in seconds, None where the upstream did not say."""

    code = "rate_limited"
    message = "The provider has had too many requests. Wait a little, then try again."

    def __init__(
        self, message: str = "", *, detail: str = "", retry_after: float | None = None
    ) -> None:
        self.retry_after = retry_after
        super().__init__(message, detail=detail)


class ModelNotFound(ProviderError):
    code = "model_not_found"
    message = "The provider does not offer this model. Choose another one."
    can_retry = False


class RequestRejected(ProviderError):
    code = "request_rejected"
    message = "The provider rejected the request."
    can_retry = False


class ContextTooLong(RequestRejected):
    code = "context_too_long"
    message = "The conversation is too long for this model."


class ContentBlocked(RequestRejected):
    code = "content_blocked"
    message = "A filter of the provider stopped this request."


class Unavailable(ProviderError):
    code = "unavailable"
    message = "The provider cannot be reached at the moment."


class Timeout(Unavailable):
    code = "timeout"
    message = "The provider did not answer in time."


class UnexpectedResponse(ProviderError):
    code = "unexpected_response"
    message = "The provider answered something that cannot be read."


def raise_as_provider_error(error: Exception) -> NoReturn:
    """Raise what any exception of a provider means to those who asked.

    A ProviderError goes on as it is. The detail of any other names the kind and the place, never
    the exception's own text: it may quote an answer or a key.
    """
    if isinstance(error, ProviderError):
        raise error
    kind: type[ProviderError] = UnexpectedResponse
    if isinstance(error, OSError):
        kind = Timeout if isinstance(error, TimeoutError) else Unavailable
    raise kind(detail=f"{type(error).__name__} at {_place(error)}") from error


def _place(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown"
