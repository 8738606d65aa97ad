"""A large database with the tables of commit 1d04681, for benchmarks/upgrade.py.

It begins with the fixtures of tests/upgrade and adds rows in plain SQL. So it needs nothing of the
program, whose models go on.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg

from tests.upgrade.people import FIXTURES

LENGTH = 20  # messages of a conversation
PEOPLE = 7  # of the fixtures; the conversations are spread over them
STEP = 100_000  # messages a transaction
BODY = "An answer of many words, as a model writes it to a question. " * 16  # 1 kB

SQLITE = {
    "numbers": "WITH RECURSIVE numbers(n) AS (SELECT {first} UNION ALL"
    " SELECT n + 1 FROM numbers WHERE n < {last}) ",
    "from": "FROM numbers",
    "id": "printf('%032x', {n})",
    "least": "min",
    "false": "0",
    "begin": "2026-11-01 00:00:00",
    "words": "'@1 question number ' || n",
    "entry": "(SELECT max(id) FROM search_entry) + 1 + n",
}
POSTGRESQL = {
    "numbers": "",
    "from": "FROM generate_series({first}, {last}) AS n",
    "id": "lpad(to_hex({n}), 32, '0')::uuid",
    "least": "least",
    "false": "false",
    "begin": "2026-11-01 00:00:00+00:00",
    "words": "to_tsvector('simple', '@1 question number ' || n)",
    "entry": "1000000 + n",
}

CONVERSATIONS = """INSERT INTO webchat_conversation (id, title, message_count, created_at, active_at,
model, system_prompt, parameters, pinned, archived, temporary, owner_id, state, has_errors,
has_images, active_leaf_id) {numbers}SELECT {conversation_id}, 'Conversation ' || n, {length}, '{begin}', '{begin}',
'perch-1', '', '{{}}', {false}, {false}, {false}, {owner}, 'complete', {false}, {false},
{leaf_id} {from}"""

MESSAGES = """INSERT INTO webchat_message (id, role, text, reasoning, sources, html,
renderer_version, status, finish_reason, provider, model, usage, timings, error, created_at,
conversation_id, parent_id) {numbers}SELECT {message_id},
CASE n % 2 WHEN 0 THEN 'user' ELSE 'assistant' END,
CASE n % 2 WHEN 0 THEN 'Question ' || n ELSE '{body}' END, '', '[]',
CASE n % 2 WHEN 0 THEN '' ELSE '<p>{body}</p>' END, 1, 'complete', 'stop', 'Lake', 'perch-1',
'{{"prompt_tokens": 7, "completion_tokens": 40}}', '{{"first": 0.4, "total": 2.1}}', '{{}}',
'{begin}', {conversation_id}, CASE n % {length} WHEN 0 THEN NULL ELSE {parent_id} END {from}"""

OUTCOMES = """INSERT INTO webchat_outcome (message_id, provider, model, status, error_code,
prompt_tokens, completion_tokens, estimated, first_seconds, total_seconds, started_at, ended_at,
owner_id) {numbers}SELECT {message_id}, 'Lake', 'perch-1', 'complete', '', 7, 40, {false}, 0.4, 2.1,
'{begin}', '{begin}', {owner} {from} WHERE n % 2 = 1"""

ENTRIES = """INSERT INTO search_entry (id, source, conversation, owner, words)
{numbers}SELECT {entry}, {message_id}, {conversation_id}, {owner}, {words} {from}"""


def _statement(
    template: str, dialect: dict[str, str], first: int, last: int, each: int = 1, end: int = 0
) -> str:
    """For the numbers `first` to `last`, of which a conversation has `each`.

    `end` is the last message there is, where the numbers are those of conversations.
    """
    leaf = f"{dialect['least']}(n * {LENGTH} + {LENGTH - 1}, {end})"
    parts = {name: text.format(first=first, last=last, n="{n}") for name, text in dialect.items()}
    conversation = f"n / {each}" if each > 1 else "n"
    return template.format(
        **parts,
        message_id=parts["id"].format(n="4398046511104 + n"),
        parent_id=parts["id"].format(n="4398046511103 + n"),
        leaf_id=parts["id"].format(n=f"4398046511104 + {leaf}"),
        conversation_id=parts["id"].format(n=f"1099511627776 + {conversation}"),
        owner=f"1 + {conversation} % {PEOPLE}",
        body=BODY,
        length=LENGTH,
    )


def _transactions(messages: int, dialect: dict[str, str]) -> Iterator[list[str]]:
    for first in range(0, messages, STEP):
        last = min(first + STEP, messages) - 1
        conversations = (first // LENGTH, last // LENGTH)
        yield [
            _statement(CONVERSATIONS, dialect, *conversations, end=last),
            *(
                _statement(template, dialect, first, last, LENGTH)
                for template in (MESSAGES, OUTCOMES, ENTRIES)
            ),
            "DELETE FROM search_queue",
        ]


def sqlite(folder: Path, messages: int) -> None:
    """Make the data folder."""
    shutil.copytree(FIXTURES / "data", folder)
    with closing(sqlite3.connect(folder / "db.sqlite3", isolation_level=None)) as database:
        database.execute("PRAGMA synchronous = OFF")
        for statements in _transactions(messages, SQLITE):
            database.execute("BEGIN")
            for statement in statements:
                database.execute(statement)
            database.execute("COMMIT")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def postgresql(folder: Path, address: str, messages: int) -> None:
    """Make the data folder, and fill the empty database at `address`."""
    shutil.copytree(FIXTURES / "data", folder, ignore=shutil.ignore_patterns("*.sqlite3"))
    with psycopg.connect(address) as database:
        database.execute((FIXTURES / "postgresql.sql").read_bytes())
        database.execute("SET search_path = public")
        database.commit()
        for statements in _transactions(messages, POSTGRESQL):
            for statement in statements:
                database.execute(statement.encode())
            database.commit()
        database.autocommit = True
        database.execute("VACUUM ANALYZE")  # as autovacuum would have done by then
