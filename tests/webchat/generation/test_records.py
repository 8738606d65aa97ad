"""What is written down of a run, and by whom."""

import pytest

from providers.response import Reasoning, Source, Sources
from tests.factories import make_conversation, make_message
from webchat.generation import outcomes, records
from webchat.generation.mirror import Mirror
from webchat.models import Message, Outcome, Run, User

THERE = "there"


@pytest.fixture
def run(alice: User) -> Run:
    """A run that `there` makes and has saved a little of."""
    status = Message.Status.STREAMING
    answer = make_message(make_conversation(alice), "", role="assistant", status=status)
    run = Run.objects.create(owner=alice, client_id=answer.pk, message=answer, node=THERE)
    save(run, "So far")
    return run


def save(run: Run, text: str) -> records.CheckpointResult:
    checkpoint = records.Checkpoint(run.pk, run.message_id, text, "", True)
    return records.save_checkpoints(THERE, [checkpoint])


def test_a_run_whose_heartbeat_stays_the_same_is_interrupted_with_its_text(run: Run) -> None:
    beat = records.heartbeats([])[run.pk]

    assert records.interrupt(run.pk, beat, Mirror())

    run.message.refresh_from_db()
    assert (run.message.status, run.message.text) == ("interrupted", "So far")
    assert "So far" in run.message.html
    outcome = Outcome.objects.get(message_id=run.message_id)
    assert (outcome.status, outcome.completion_tokens) == ("interrupted", 2)


def test_a_run_with_a_heartbeat_since_is_left_alone(run: Run) -> None:
    beat = records.heartbeats([])[run.pk]
    save(run, "So far so good")

    assert not records.interrupt(run.pk, beat, Mirror())

    run.message.refresh_from_db()
    assert run.message.status == "streaming"


def test_what_others_heard_last_is_kept(run: Run) -> None:
    beat = records.heartbeats([])[run.pk]

    told = Mirror()
    told.add(["So far and further", Reasoning("Hm"), Sources((Source("https://s.example", "S"),))])
    assert records.interrupt(run.pk, beat, told)

    run.message.refresh_from_db()
    assert run.message.text == "So far and further"
    assert run.message.reasoning == "Hm"
    assert run.message.sources == [{"url": "https://s.example", "title": "S"}]


def test_what_was_saved_last_is_kept_where_others_heard_less(run: Run) -> None:
    source = {"url": "https://s.example", "title": "S"}
    checkpoint = records.Checkpoint(run.pk, run.message_id, "", "", False, sources=(source,))
    records.save_checkpoints(THERE, [checkpoint])
    told = Mirror()
    told.add(["So"])

    assert records.interrupt(run.pk, records.heartbeats([])[run.pk], told)

    run.message.refresh_from_db()
    assert (run.message.text, run.message.sources) == ("So far", [source])


def test_who_lost_a_run_writes_nothing_more(run: Run) -> None:
    assert records.interrupt(run.pk, records.heartbeats([])[run.pk], Mirror())
    assert save(run, "Something else").lost == {run.pk}
    end = {"status": Message.Status.COMPLETE}
    outcome = outcomes.of_lost(run, Message.Status.COMPLETE)
    assert not records.save_end(THERE, run.pk, run.message.conversation_id, end, outcome)

    run.message.refresh_from_db()
    assert (run.message.status, run.message.text) == ("interrupted", "So far")
