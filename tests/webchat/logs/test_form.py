"""What a line of the log looks like, for people and for programs."""

import asyncio
import io
import json
import logging
import logging.config
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest

from webchat.logs.context import begin_chore, begin_request, bind_run, bind_user
from webchat.settings.logs import FORMATTERS

log = logging.getLogger("tests.form")


@pytest.fixture
def say(request: pytest.FixtureRequest) -> Iterator[Callable[[], str]]:
    """Returns what was logged, in the form that the test is parametrised with."""
    described = dict(FORMATTERS[request.param])
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(described.pop("()")(**described))
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    log.propagate = False
    yield stream.getvalue
    log.removeHandler(handler)
    log.propagate = True


line = pytest.mark.parametrize("say", ["line"], indirect=True)
as_json = pytest.mark.parametrize("say", ["json"], indirect=True)


@line
def test_a_line_has_time_level_and_who_says_it(say: Callable[[], str]) -> None:
    log.warning("%d geese", 3)

    assert say()[:2] == "20"
    assert say()[19:] == " WARNING tests.form: 3 geese\n"


@line
async def test_a_line_ends_with_what_it_is_about(say: Callable[[], str]) -> None:
    run = uuid4()
    begin_request("0a1b2c3d")
    bind_user(7)
    bind_run(run)
    await asyncio.to_thread(log.info, "from a thread")

    assert say().endswith(f"from a thread [request=0a1b2c3d user=7 run={run}]\n")


@line
@pytest.mark.parametrize("said", ["\n", "\r", "\x1b[2J", "\x00", "\x9b", "\u2028"])
def test_nothing_that_is_said_ends_its_line_or_commands_a_terminal(
    say: Callable[[], str], said: str
) -> None:
    log.info("GET %s -> 404", f"/{said}2026-11-20 12:00 INFO forged")

    assert len(say().splitlines()) == 1
    assert said not in say()[:-1]
    assert say().endswith("2026-11-20 12:00 INFO forged -> 404\n")


@line
def test_an_exception_stands_below_its_line(say: Callable[[], str]) -> None:
    try:
        raise ValueError("over the lake")
    except ValueError:
        log.exception("it failed")

    assert "tests.form: it failed\nTraceback" in say()
    assert say().endswith("ValueError: over the lake\n")


@as_json
async def test_a_program_gets_one_object_a_line(say: Callable[[], str]) -> None:
    begin_request("0a1b2c3d")
    bind_user(7)
    log.info("%s\nsecond line", "Привет", extra={"status": 200, "swordfish": 1})

    told = json.loads(say())
    assert say().count("\n") == 1
    assert told["message"] == "Привет\nsecond line"
    assert told["level"] == "info"
    assert told["logger"] == "tests.form"
    assert (told["request"], told["user"], told["status"]) == ("0a1b2c3d", 7, 200)
    assert told["timestamp"].endswith("Z")
    assert "swordfish" not in told


@as_json
def test_an_exception_is_a_field(say: Callable[[], str]) -> None:
    try:
        raise ValueError("over the lake")
    except ValueError:
        log.exception("it failed")

    assert json.loads(say())["exception"].endswith("ValueError: over the lake")


@as_json
async def test_requests_do_not_leak_into_each_other_nor_into_chores(say: Callable[[], str]) -> None:
    async def chore() -> None:
        log.info("chore")

    async def request(name: str) -> None:
        begin_request(name)
        await asyncio.sleep(0)
        log.info(name)
        await begin_chore(chore())

    await asyncio.gather(request("first-one"), request("second-one"))

    told = [json.loads(each) for each in say().splitlines()]
    assert [each.get("request") for each in told if each["message"] == "chore"] == [None, None]
    assert all(each["request"] == each["message"] for each in told if each["message"] != "chore")
