"""Answers for scripts: the same views serve forms and `fetch`."""

from django.http import HttpRequest, HttpResponse, JsonResponse

from webchat.generation.errors import Refused

STATUS = {
    "not_found": 404,
    "busy": 429,
    "too_often": 429,
    "tokens_used": 429,
    "too_large": 413,
    "too_long": 413,
    "failed": 503,
}


def wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept") == "application/json"


def refusal_status(refusal: Refused) -> int:
    """The HTTP status of a refusal; 400 where none says it better."""
    return STATUS.get(refusal.code, 400)


def refused_json(refusal: Refused) -> HttpResponse:
    body = {"code": refusal.code, "message": refusal.message, "retry_after": refusal.retry_after}
    return with_wait(JsonResponse(body, status=refusal_status(refusal)), refusal)


def with_wait(response: HttpResponse, refusal: Refused) -> HttpResponse:
    """The response, which also says in its head when to come again, where that is known."""
    if refusal.retry_after is not None:
        response["Retry-After"] = str(refusal.retry_after)
    return response
