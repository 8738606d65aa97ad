"""Whose pages are whose: everything belongs to its owner and does not exist for others."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import make_message
from tests.pictures import PNG
from webchat.generation.images import examine, store
from webchat.models import Conversation, Media, Run, User
from webchat.views.urls import urlpatterns

pytestmark = pytest.mark.django_db

READ = (
    "conversation",
    "messages",
    "conversation-options",
    "message",
    "message-regenerate",
    "media",
)
WRITE = ("conversation-rename", "conversation-delete", "message-regenerate", "run-stop")


@pytest.fixture
def things(alice: User, walk: Conversation) -> dict[str, object]:
    """One of alice's things for every address that names one."""
    growing = make_message(walk, "…", "assistant", status="streaming")
    run = Run.objects.create(owner=alice, client_id=uuid4(), message=growing, node="elsewhere")
    picture = store(alice, examine(PNG), Media.Origin.UPLOADED, name="dot.png", alt="")
    names = ("conversation", "messages", "conversation-options")
    names += ("conversation-rename", "conversation-delete")
    things: dict[str, object] = dict.fromkeys(names, walk.pk)
    answer = walk.messages.exclude(pk=growing.pk).get(role="assistant")
    things |= {"message": answer.pk, "message-regenerate": answer.pk}
    return things | {"run-stop": run.pk, "media": picture.pk}


@pytest.mark.parametrize("name", READ)
def test_owners_see_what_is_theirs(client: Client, things: dict[str, object], name: str) -> None:
    assert client.get(reverse(name, args=[things[name]])).status_code == 200


@pytest.mark.parametrize("name", (*READ, "media"))
def test_others_see_nothing(bobs: Client, things: dict[str, object], name: str) -> None:
    assert bobs.get(reverse(name, args=[things[name]])).status_code == 404


@pytest.mark.parametrize("name", WRITE)
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
@pytest.mark.django_db(transaction=True)
def test_others_change_nothing(
    bobs: Client, things: dict[str, object], name: str, accept: str
) -> None:
    address = reverse(name, args=[things[name]])
    answer = bobs.post(address, {"title": "Mine", "choice": ""}, headers={"accept": accept})
    assert answer.status_code == 404
    assert Conversation.objects.get().title == "A walk"


@pytest.mark.parametrize("pattern", urlpatterns, ids=lambda pattern: pattern.name)
def test_strangers_are_asked_to_sign_in(db: None, staff: User, pattern: object) -> None:
    name = str(getattr(pattern, "name", ""))
    takes_id = "pk" in str(getattr(pattern, "pattern", ""))
    address = reverse(name, args=[uuid4()] if takes_id else [])
    for method in ("get", "post"):
        answer = getattr(Client(), method)(address)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("name", ["message-send", "media-upload", "preferences", "run-stop"])
def test_what_changes_things_is_not_done_by_a_link(client: Client, name: str) -> None:
    args = [uuid4()] if name == "run-stop" else []
    assert client.get(reverse(name, args=args)).status_code == 405


def test_a_form_from_another_site_is_refused(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert client.post("/send/", {"text": "hi"}).status_code == 403
