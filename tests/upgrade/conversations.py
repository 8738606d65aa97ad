"""The conversations of the fixtures: answers in every state. It ran inside commit 1d04681 only."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from tests.factories import make_conversation, make_message
from tests.pictures import picture
from tests.things import ANSWER, ERROR
from webchat.generation.images import examine, store, store_generated
from webchat.generation.records import rendered
from webchat.models import Conversation, Endpoint, Media, Message, Outcome, Rating, Run, User

BASE = datetime(2026, 11, 20, 12, tzinfo=UTC)
SOURCES = [
    {"url": "https://example.org/geese", "title": "Geese"},
    {"url": "https://example.org/наука", "title": ""},
]
MODEL = {"provider": "Lake", "model": "perch-1"}
USAGE = {"prompt_tokens": 10, "completion_tokens": 200, "total_tokens": 210}
CHINESE = "鹅在湖上飞。🦢\n\n1. 一\n2. 二\n\n> Ärger & <b>Ünsinn</b>\n\n$$\\int_0^1 x^2\\,dx$$"

People = dict[str, User]


def answer(conversation: Conversation, text: str, **fields: Any) -> Message:
    """An answer as a run saves it, with its outcome once it has ended."""
    fields = {"usage": USAGE, "timings": {"first": 0.4, "total": 4.0}, **MODEL} | fields
    message = make_message(conversation, text, "assistant", **fields)
    if message.status == "streaming":
        return message
    for name, value in rendered(message.pk, text, message.sources).items():
        setattr(message, name, value)
    message.save()
    Outcome.objects.create(
        message_id=message.pk, owner=conversation.owner, endpoint=conversation.endpoint,
        status=message.status, error_code=message.error.get("code", ""), first_seconds=0.4,
        total_seconds=4.0, started_at=BASE, ended_at=BASE,
        prompt_tokens=10, completion_tokens=200, **MODEL,
    )  # fmt: skip
    return message


def geese(alice: User, lake: Endpoint) -> Conversation:
    """Pictures, sources, reasoning, a rating, another branch, and a failure."""
    found = make_conversation(
        alice, "Geese over the lake", endpoint=lake, model="perch-1", system_prompt="Be short.",
        parameters={"temperature": 0.5}, pinned=True,
    )  # fmt: skip
    question = make_message(found, "What is this?\nA bird?")
    shown = picture(size=(3, 2))
    question.media.add(
        store(alice, examine(shown), Media.Origin.UPLOADED, name="geese.png", alt="")
    )
    former = answer(found, "A first try, which nobody liked.", reasoning="Swans?")
    Rating.objects.create(message=former, owner=alice, thumb="down", reason="wrong")
    good = answer(
        found, ANSWER, parent=question, reasoning="Honk?\nPerhaps a goose.", reasoning_seconds=2,
        sources=SOURCES, finish_reason="stop",
    )  # fmt: skip
    store_generated(alice.pk, good.pk, picture("JPEG", (4, 4)), "A goose at dawn")
    Rating.objects.create(
        message=good, owner=alice, thumb="up", reason="helpful", comment="Всё верно 👍"
    )
    make_message(found, "And now?")
    answer(found, "", status="failed", error=ERROR, usage={})
    found.has_errors = found.has_images = True
    return found


def walk(alice: User, lake: Endpoint) -> Conversation:
    found = make_conversation(alice, "Прогулка 🌊", endpoint=lake, model="perch-1")
    make_message(found, "Куда пойдём?")
    stopped = answer(found, "Сначала к **озеру**, потом", status="stopped", usage={})
    Rating.objects.create(message=stopped, owner=alice, thumb="down", comment="Too short")
    make_message(found, "鹅在哪里?")
    answer(found, CHINESE, finish_reason="length")
    return found


def broken(alice: User, lake: Endpoint) -> Conversation:
    found = make_conversation(alice, "Interrupted yesterday", endpoint=lake, model="perch-1")
    make_message(found, "Tell me everything")
    answer(found, "It began with an egg and", status="interrupted", reasoning="Where to begin?")
    return found


def at_work(
    alice: User, lake: Endpoint, new_id: Callable[[], UUID], *, title: str, has_turn: bool
) -> Conversation:
    """An answer of a process that is gone: it was being written, or waited for its turn."""
    found = make_conversation(alice, title, endpoint=lake, model="perch-1", state="streaming")
    make_message(found, "Count the geese")
    said = {"text": "One goose, two ge", "reasoning": "They move."} if has_turn else {"text": ""}
    message = answer(found, said.pop("text"), status="streaming", usage={}, timings={}, **said)
    Run.objects.create(
        owner=alice, client_id=new_id(), message=message, node="gone-1-abc", endpoint=lake,
        started_at=BASE, heartbeat_at=BASE, turn_at=BASE if has_turn else None,
    )  # fmt: skip
    return found


def of_others(known: People, lake: Endpoint) -> list[Conversation]:
    archived = make_conversation(known["alice"], "Alte Notizen", archived=True, endpoint=lake)
    make_message(archived, "Wo ist der Schlüsselbund?")
    answer(archived, "Unter der *Fußmatte*.")
    bobs = make_conversation(known["bob"], "Recipes & <soup>")
    make_message(bobs, "A soup?")
    answer(bobs, "Take water.\n\n```sh\nboil --until done\n```")
    adas = make_conversation(known["ada"], "Plans")
    make_message(adas, "What is to be done?")
    return [archived, bobs, adas]


def talk(known: People, lake: Endpoint, new_id: Callable[[], UUID]) -> Conversation:
    """All conversations, the newest first; returns the newest one."""
    alice = known["alice"]
    made = [
        geese(alice, lake),
        walk(alice, lake),
        broken(alice, lake),
        at_work(alice, lake, new_id, title="Being written", has_turn=True),
        at_work(alice, lake, new_id, title="Waiting", has_turn=False),
        *of_others(known, lake),
    ]
    for number, conversation in enumerate(made):
        conversation.active_at = BASE - timedelta(hours=number)
        conversation.created_at = conversation.active_at - timedelta(minutes=30)
        if conversation.active_leaf is not None:
            conversation.state = conversation.active_leaf.status
        conversation.save()
        for minute, message in enumerate(list(conversation.messages.order_by("created_at"))):
            message.created_at = conversation.created_at + timedelta(minutes=minute)
            message.save(update_fields=["created_at"])
    return made[0]
