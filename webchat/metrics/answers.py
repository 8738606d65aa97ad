"""What an answer adds to the figures when it ends."""

from typing import Protocol

from webchat.metrics.instruments import ANSWERS, ERRORS, FIRST_TOKEN, SPEED, TOKENS
from webchat.metrics.speed import tokens_a_second


class Answer(Protocol):
    """An outcome. `provider` is the label of the endpoint; seconds count from asking it."""

    provider: str
    status: str
    error_code: str
    first_seconds: float | None
    total_seconds: float | None
    prompt_tokens: int
    completion_tokens: int


def count_answer(answer: Answer) -> None:
    """Take an answer that has just ended into the figures."""
    endpoint, tokens = answer.provider, answer.completion_tokens
    ANSWERS.labels(endpoint, answer.status).inc()
    if answer.error_code:
        ERRORS.labels(endpoint, answer.error_code).inc()
    TOKENS.labels(endpoint, "prompt").inc(answer.prompt_tokens)
    TOKENS.labels(endpoint, "answer").inc(tokens)
    if answer.first_seconds is None or answer.total_seconds is None:
        return
    FIRST_TOKEN.labels(endpoint).observe(answer.first_seconds)
    speed = tokens_a_second(answer.first_seconds, answer.total_seconds, tokens)
    if speed is not None:
        SPEED.labels(endpoint).observe(speed)
