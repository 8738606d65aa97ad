"""What the words of upstreams mean: texts as they were met, and the error that each is."""

import json

import pytest

from providers.errors import ModelNotFound, RateLimited, RequestRejected, Unavailable
from providers.openai_chunks import error_of
from providers.statuses import NO_CREDIT, NO_PICTURES, error_for_status

GROQ = (
    "Rate limit reached for model `llama` on tokens per minute (TPM): Limit 12000, Used 2542,"
    " Requested 9855. Please try again in 1.98s. Need more tokens? Upgrade to Dev Tier today at"
    " https://console.groq.com/settings/billing"
)
GEMINI = (
    "You exceeded your current quota, please check your plan and billing details. For more"
    " information on this error, head to: https://ai.google.dev. Please retry in 20.04s."
)
OPENAI = "You exceeded your current quota, please check your plan and billing details."
NOWHERE = "Nothing answers chat requests at this address. Check the endpoint's address."


def error(status, said, more=(), headers=()):
    body = json.dumps({"error": {"message": said, **dict(more)}}).encode()
    return error_for_status(status, dict(headers), body)


@pytest.mark.parametrize(
    ("status", "said", "more", "wait"),
    [
        (429, GROQ, {"code": "rate_limit_exceeded"}, 1.98),
        (413, GROQ, {"code": "rate_limit_exceeded"}, 1.98),
        (413, "Request too large, see settings/billing", {"code": "rate_limit_exceeded"}, None),
        (429, GEMINI, {"status": "RESOURCE_EXHAUSTED"}, 20.04),
        (429, OPENAI, {"status": "RESOURCE_EXHAUSTED"}, None),
        (429, "Please try again in 120ms.", {}, 0.12),
        (429, "Please try again in 1m2.5s.", {}, 62.5),
        (429, "Please try again in 2 minutes.", {}, 120),
        (429, "Please try again in 5 months.", {}, None),
        (429, "Please try again in a while.", {}, None),
    ],
)
def test_a_limit_per_minute_passes_by_itself(status, said, more, wait):
    found = error(status, said, more)
    assert type(found) is RateLimited
    assert found.retry_after == (wait if wait is None else pytest.approx(wait))


def test_a_header_says_better_than_words_when_to_come_back():
    assert error(429, GROQ, headers={"Retry-After": "3"}).retry_after == 3


@pytest.mark.parametrize(
    ("status", "said", "more"),
    [
        (429, OPENAI, {"code": "insufficient_quota"}),
        (429, OPENAI + " Try again in 5s.", {"code": "insufficient_quota"}),
        (400, "Your credit balance is too low to access the API.", {}),
        (400, "Billing hard limit has been reached", {"code": "billing_hard_limit_reached"}),
        (429, "Your account is not active", {"code": "billing_not_active"}),
        (403, "This API method requires billing to be enabled.", {}),
    ],
)
def test_an_empty_account_does_not_fill_by_waiting(status, said, more):
    found = error(status, said, more)
    assert type(found) is RequestRejected
    assert found.message == NO_CREDIT


def test_an_error_in_a_stream_is_told_by_the_same_words():
    limited = error_of({"message": GEMINI, "status": "RESOURCE_EXHAUSTED"})
    assert type(limited) is RateLimited
    assert limited.retry_after == 20.04
    assert error_of({"message": GEMINI, "code": 429}).retry_after == 20.04
    empty = error_of({"message": OPENAI + " Rate limit.", "code": "insufficient_quota"})
    assert empty.message == NO_CREDIT


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (404, "No endpoints found that support image input"),
        (500, "image input is not supported - hint: you may need to provide the mmproj"),
        (400, "messages[0]: unknown variant `image_url`, expected `text` at line 1 column 2"),
        (422, "messages[0]: unknown variant `image_url`, expected `text` at line 1 column 2"),
        (400, "The model `llava` does not support image input; `image_url` is not supported"),
        (400, "Invalid content type. image_url is only supported by certain models."),
        (400, "At most 0 image(s) may be provided in one request."),
    ],
)
def test_a_picture_for_a_model_that_only_reads_is_named(status, said):
    for found in (error(status, said), error_of({"message": said})):
        assert type(found) is RequestRejected
        assert found.message == NO_PICTURES


@pytest.mark.parametrize(
    ("status", "said", "kind"),
    [
        (404, "No endpoints found for mistralai/foo:free.", ModelNotFound),
        (404, "No endpoints found matching your data policy.", RequestRejected),
        (400, "This model does not support image generation", RequestRejected),
        (500, "The image could not be read", Unavailable),
    ],
)
def test_other_words_of_endpoints_and_images_mean_something_else(status, said, kind):
    found = error(status, said)
    assert type(found) is kind
    assert found.message != NO_PICTURES


@pytest.mark.parametrize(
    ("body", "is_nowhere"),
    [
        (b'{"error": {"message": "No endpoints found matching your data policy."}}', False),
        (b'{"error": {"message": "Provider returned error", "code": 404}}', False),
        (b'{"detail": "Not Found"}', True),
        (b"404 page not found", True),
        (b"", True),
    ],
)
def test_who_explains_a_404_has_been_reached(body, is_nowhere):
    assert (error_for_status(404, {}, body).message == NOWHERE) is is_nowhere
