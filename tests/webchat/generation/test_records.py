"""What is written down of a run, and by whom."""

import pytest

from tests.factories import make_conversation, make_message
from webchat.generation import records
from webchat.models import Message, Run, User

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

    assert records.interrupt(run.pk, beat, "", "")

    run.message.refresh_from_db()
    assert (run.message.status, run.message.text) == ("interrupted", "So far")
    assert "So far" in run.message.html


def test_a_run_with_a_heartbeat_since_is_left_alone(run: Run) -> None:
    beat = records.heartbeats([])[run.pk]
    save(run, "So far so good")

    assert not records.interrupt(run.pk, beat, "", "")

    run.message.refresh_from_db()
    assert run.message.status == "streaming"


def test_what_others_heard_last_is_kept(run: Run) -> None:
    beat = records.heartbeats([])[run.pk]

    assert records.interrupt(run.pk, beat, "So far and further", "")

    run.message.refresh_from_db()
    assert run.message.text == "So far and further"


def test_who_lost_a_run_writes_nothing_more(run: Run) -> None:
    assert records.interrupt(run.pk, records.heartbeats([])[run.pk], "", "")
    assert save(run, "Something else").lost == {run.pk}
    assert not records.save_end(THERE, run.pk, run.message.conversation_id, {"status": "complete"})

    run.message.refresh_from_db()
    assert (run.message.status, run.message.text) == ("interrupted", "So far")
