import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from benchmarks import fill_upgrade

COUNT = 50  # two conversations, and half of a third


@pytest.fixture
def database(tmp_path) -> Iterator[sqlite3.Connection]:
    fill_upgrade.sqlite(tmp_path / "data", COUNT)
    with closing(sqlite3.connect(tmp_path / "data" / "db.sqlite3")) as opened:
        yield opened


def test_messages_answer_one_another_and_are_whole(database):
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    rows = "FROM webchat_message WHERE (text LIKE 'Question%' OR text LIKE 'An answer of%')"
    assert database.execute(f"SELECT count(*) {rows}").fetchone() == (COUNT,)
    assert database.execute(f"SELECT count(*) {rows} AND parent_id IS NULL").fetchone() == (3,)


def test_conversations_end_with_their_newest_message(database):
    ends = database.execute(
        "SELECT text FROM webchat_message JOIN webchat_conversation ON active_leaf_id ="
        " webchat_message.id WHERE title LIKE 'Conversation %'"
    ).fetchall()
    assert [text[:9] for (text,) in ends] == ["An answer"] * 3


def test_what_is_filled_in_can_be_found_and_waits_for_nothing(database):
    found = "SELECT count(*) FROM search_index WHERE search_index MATCH 'question'"
    assert database.execute(found).fetchone() == (COUNT,)
    assert database.execute("SELECT count(*) FROM search_queue").fetchone() == (0,)
