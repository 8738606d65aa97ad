"""A load of two people goes through the real product and the real pipe; no time decides."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace

import pytest

from benchmarks import load
from benchmarks.people import Plan
from benchmarks.processes import cpu_seconds, helper, pss_bytes
from benchmarks.site import Site, site_in
from tests import prepared

MODEL = "bench-400-20-0"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    data = tmp_path_factory.mktemp("load") / "data"
    shutil.copytree(prepared.data_folder(), data, symlinks=True)
    with helper("upstream") as (_, port), site_in(data, port) as found:
        yield found


@pytest.fixture(scope="module")
def people(running: Site) -> Plan:
    """Two people of the site, with two messages each."""
    plan = load.product_plan(running, 2)
    return replace(plan, model=MODEL, messages=2, spread=0)


def test_everything_that_was_streamed_to_two_people_is_saved_and_counted(
    running: Site, people: Plan
):
    measured = load.measure("Webchat", [running.pid], running.upstream, people)
    saved = running.seed("saved")
    with helper("pipe", str(running.upstream)) as (pid, port):
        plan = Plan([f"ws://127.0.0.1:{port}/"], 2, MODEL, 20, messages=2, spread=0)
        bare = load.measure("bare pipe", [pid], running.upstream, plan)
    for one in (measured, bare):
        assert [sample.status for sample in one.samples] == ["complete"] * 4
        assert one.tokens == 4 * 20
        assert all(s.sent < s.first <= s.done for s in one.samples)
        assert len(one.row()) == len(load.HEAD)
    assert list(load.problems(measured, saved)) == []
    assert list(load.problems(measured, {"complete": [3, 100]})) != []


def test_a_person_who_is_refused_is_a_failure_and_not_an_accident(running: Site, people: Plan):
    plan = replace(people, people=1, sessions=people.sessions[:1], endpoint=0)
    measured = load.measure("Webchat", [running.pid], running.upstream, plan)
    assert [sample.status for sample in measured.samples] == [
        "RuntimeError: refused: not_offered",
        "after a failure",
    ]
    assert measured.good == []
    assert len(measured.row()) == len(load.HEAD)


def test_this_very_process_uses_time_and_memory():
    assert cpu_seconds(os.getpid()) > 0
    assert pss_bytes(os.getpid()) > 10_000_000
