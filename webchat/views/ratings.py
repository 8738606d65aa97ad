"""Thumbs for answers, by form and by script."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from webchat.forms.rating import RatingForm
from webchat.generation.errors import Refused
from webchat.models import REASONS, Message, Rating
from webchat.views.people import person
from webchat.views.replies import refused_json, wants_json


@require_http_methods(["GET", "HEAD", "POST"])
def rating(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Rate an answer, change that, withdraw it; GET asks why. Nothing to explain: back to it."""
    answers = Message.objects.for_user(person(request)).select_related("rating")
    answers = answers.filter(role=Message.Role.ASSISTANT).exclude(status=Message.Status.STREAMING)
    message = get_object_or_404(answers, pk=pk)
    if request.method == "POST":
        return _rate(request, message)
    if message.own_rating is None:
        return _back(message)
    if wants_json(request):
        return JsonResponse({"form": _form(request, message, message.own_rating)})
    return render(request, "chat/rating.html", _why(message, message.own_rating))


def _rate(request: HttpRequest, message: Message) -> HttpResponse:
    """For a script: the buttons as they are now, and the form that asks why."""
    form = RatingForm(request.POST)
    if not form.is_valid():
        return _refuse(request, message)
    rating = form.save(message, person(request))
    if not wants_json(request):
        return _back(message)
    buttons = render_to_string("chat/_rating.html", {"message": message, "rating": rating})
    why = _form(request, message, rating) if rating else ""
    return JsonResponse({"thumb": rating.thumb if rating else "", "html": buttons, "form": why})


def _refuse(request: HttpRequest, message: Message) -> HttpResponse:
    refusal = Refused("invalid", _("This cannot be saved. Shorten what you wrote."))
    if wants_json(request):
        return refused_json(refusal)
    given = Rating(
        message=message,
        thumb=request.POST.get("thumb", ""),
        reason=request.POST.get("reason", ""),
        comment=request.POST.get("comment", ""),
    )
    if given.thumb not in REASONS:
        return _back(message)
    context = _why(message, given) | {"problem": refusal.message}
    return render(request, "chat/rating.html", context, status=400)


def _why(message: Message, rating: Rating) -> dict[str, object]:
    return {"message": message, "rating": rating, "reasons": REASONS[Rating.Thumb(rating.thumb)]}


def _form(request: HttpRequest, message: Message, rating: Rating) -> str:
    return render_to_string("chat/_rating_form.html", _why(message, rating), request)


def _back(message: Message) -> HttpResponse:
    conversation = reverse("conversation", args=[message.conversation_id])
    return redirect(f"{conversation}#m-{message.pk}")
