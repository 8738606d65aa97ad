"""A backup shows one moment, while people go on writing."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.factories import make_conversation, make_message
from webchat.backup import dump, rows
from webchat.backup.archive import open_archive
from webchat.models import Conversation, Message, User


def in_another_thread(work: Any) -> None:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(30)
    assert not thread.is_alive(), "the writer had to wait for the backup"


@pytest.mark.django_db(transaction=True)
def test_what_is_written_meanwhile_waits_for_nothing_and_is_not_in_it(
    alice: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_message(make_conversation(alice))
    read = rows.read

    def read_beside_a_writer(model: Any) -> Iterator[str]:
        yield from read(model)
        if model is Conversation:
            in_another_thread(lambda: make_message(make_conversation(alice, "Meanwhile")))

    monkeypatch.setattr("webchat.backup.rows.read", read_beside_a_writer)
    dump.dump(tmp_path / "all.zip", with_keys=False)
    opened, manifest = open_archive(tmp_path / "all.zip")
    opened.close()
    assert manifest.tables["webchat.Conversation"] == manifest.tables["webchat.Message"] == 1
    assert Message.objects.count() == 2
