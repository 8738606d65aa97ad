"""Endpoints from the shell."""

import io
import json
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.utils import timezone

from tests import prepared
from tests.commands import Commands
from tests.e2e.product import Product
from tests.emulators.openai import OpenAIEmulator
from tests.factories import make_endpoint, make_models
from webchat.db import db
from webchat.models import AuditRecord, Endpoint, Outcome

KEY = "sk-very-secret"
ADDRESS = "https://good.example/v1"

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def refused(*arguments: str) -> CommandError:
    with pytest.raises(CommandError) as caught:
        run(*arguments)
    assert KEY not in str(caught.value)
    return caught.value


# --- add_endpoint ---


def test_an_endpoint_is_added_with_a_key_from_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUTER_KEY", KEY)
    said = run("add_endpoint", "Router", "--base-url", ADDRESS, "--key-env", "ROUTER_KEY")
    endpoint = Endpoint.objects.get()
    assert said == f"Added endpoint {endpoint.pk}: Router\n"
    assert (endpoint.provider, endpoint.base_url) == ("OpenAICompatible", ADDRESS)
    assert (endpoint.api_key, endpoint.everyone, endpoint.origin) == (KEY, True, "admin")
    [record] = AuditRecord.objects.filter(action="endpoint_changed")
    assert record.details["api_key"] == "set"
    assert KEY not in str(record.details)


def test_secrets_come_from_files_and_standard_input_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{KEY}\n"))
    proxy, headers = tmp_path / "proxy", tmp_path / "headers"
    proxy.write_text("http://me:pw@proxy:3128\n")
    headers.write_text('{"X-Title": "Chat"}')
    given = ["--key-stdin", "--proxy-file", str(proxy), "--headers-file", str(headers)]
    run("add_endpoint", "Router", "--base-url", ADDRESS, *given)
    endpoint = Endpoint.objects.get()
    assert (endpoint.api_key, endpoint.proxy) == (KEY, "http://me:pw@proxy:3128")
    assert endpoint.headers == {"X-Title": "Chat"}


def test_all_that_the_form_knows_can_be_said() -> None:
    Group.objects.create(name="writers")
    run(
        *("add_endpoint", "Ours", "--provider", "demo", "--options", '{"seed": 1}'),
        *("--group", "writers", "--position", "3", "--runs-at-once", "2", "--disabled"),
        *("--silence-seconds", "60", "--total-seconds", "600", "--no-new-models"),
    )
    endpoint = Endpoint.objects.get()
    assert (endpoint.provider, endpoint.options) == ("Demo", {"seed": 1})
    assert [group.name for group in endpoint.groups.all()] == ["writers"]
    assert (endpoint.everyone, endpoint.enabled, endpoint.offers_new_models) == (False,) * 3
    assert (endpoint.position, endpoint.runs_at_once) == (3, 2)
    assert (endpoint.silence_seconds, endpoint.total_seconds) == (60, 600)
    assert endpoint.models.count() == 3


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--base-url", "nonsense"], "not a web address"),
        ([], "needs an address"),
        (["--base-url", ADDRESS, "--provider", "Nonsense"], "no provider 'Nonsense'"),
        (["--base-url", ADDRESS, "--group", "nobody"], "no group 'nobody'"),
        (["--base-url", ADDRESS, "--options", "{"], "not JSON"),
        (["--base-url", ADDRESS, "--options", '{"timeout": 1}'], "no option"),
        (["--base-url", ADDRESS, "--key-env", "NOT_SET_ANYWHERE"], "NOT_SET_ANYWHERE, is empty"),
        (["--base-url", ADDRESS, "--key-file", "/no/such/file"], "cannot be read"),
        (["--base-url", ADDRESS, "--headers-env", "BAD_HEADERS"], "cannot be sent"),
    ],
)
def test_what_cannot_be_added_is_refused_with_its_reason(
    monkeypatch: pytest.MonkeyPatch, given: list[str], said: str
) -> None:
    monkeypatch.setenv("BAD_HEADERS", f'{{"X-Key": "{KEY}\\n"}}')
    error = refused("add_endpoint", "Router", *given)
    assert said in str(error)
    assert error.returncode == 2
    assert not Endpoint.objects.exists()


def test_the_same_label_is_not_added_twice() -> None:
    make_endpoint("Router")
    assert "already" in str(refused("add_endpoint", "Router", "--base-url", ADDRESS))


# --- list_endpoints ---


@pytest.fixture
def router() -> Endpoint:
    router = make_endpoint("Router", "OpenAICompatible", base_url=ADDRESS, api_key=KEY)
    make_models(router, "one", "two")
    make_models(router, "off", enabled=False)
    for status, code in (("complete", ""), ("failed", "timeout")):
        now = timezone.now()
        Outcome.objects.create(
            message_id=uuid4(), endpoint=router, status=status, error_code=code, started_at=now
        )
    return router


def test_the_list_is_a_table_for_people(router: Endpoint) -> None:
    make_endpoint("Quiet", enabled=False)
    lines = run("list_endpoints").splitlines()
    assert lines[0].split()[:3] == ["number", "label", "provider"]
    assert lines[1].split()[:7] == [
        *(str(router.pk), "Router", "OpenAICompatible", ADDRESS, "on", "2", "set"),
    ]
    assert lines[1].endswith("timeout  1 of 2")
    assert " off " in lines[2]
    assert KEY not in str(lines)


def test_the_list_is_json_for_programs(router: Endpoint) -> None:
    [told] = json.loads(run("list_endpoints", "--json"))
    assert (told["id"], told["label"], told["base_url"]) == (router.pk, "Router", ADDRESS)
    assert (told["models_offered"], told["key_is_set"], told["proxy_is_set"]) == (2, True, False)
    assert (told["answers_in_24_h"], told["errors_in_24_h"]) == (2, 1)
    assert told["last_failure_code"] == "timeout"
    assert KEY not in str(told)


def test_no_endpoint_is_said_so() -> None:
    assert run("list_endpoints") == "There is no endpoint.\n"
    assert json.loads(run("list_endpoints", "--json")) == []


# --- test_endpoint ---


@pytest.fixture
async def emulator(transactional_db: None) -> AsyncIterator[OpenAIEmulator]:
    async with OpenAIEmulator(pace=0) as emulator:
        emulator.api_key = KEY
        yield emulator


async def test_asking_tells_what_came_of_it(emulator: OpenAIEmulator) -> None:
    at = {"base_url": emulator.base_url}
    good = await db(make_endpoint, "Good", "OpenAICompatible", api_key=KEY, **at)
    await db(make_endpoint, "Bad", "OpenAICompatible", api_key="sk-wrong", **at)
    said = await db(run, "test_endpoint", "Good")
    assert "Good: works" in said
    assert "6 models, listed after" in said
    [told] = json.loads(await db(run, "test_endpoint", str(good.pk), "--json"))
    assert (told["works"], len(told["models"]), told["error"]) == (True, 6, None)
    error = await db(refused, "test_endpoint", "--all")
    assert (str(error), error.returncode) == ("1 of 2 did not answer.", 1)


async def test_adding_and_testing_are_one_step(
    emulator: OpenAIEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RIGHT", KEY)
    monkeypatch.setenv("WRONG", "sk-wrong")
    given = ["--base-url", emulator.base_url, "--test", "--key-env"]
    assert "Good: works" in await db(run, "add_endpoint", "Good", *given, "RIGHT")
    error = await db(refused, "add_endpoint", "Bad", *given, "WRONG")
    assert error.returncode == 1
    assert "was added" in str(error)


def test_who_is_to_be_asked_has_to_be_clear() -> None:
    make_endpoint("Twin")
    make_endpoint("Twin")
    for given, said in (
        ([], "Name an endpoint"),
        (["Nobody"], "no endpoint 'Nobody'"),
        (["Twin"], "by its number"),
        (["Twin", "--all"], "Name an endpoint"),
    ):
        error = refused("test_endpoint", *given)
        assert said in str(error)
        assert error.returncode == 2


# --- As a shell sees it ---


@pytest.mark.skipif(connection.vendor == "postgresql", reason="it has an SQLite of its own")
def test_a_shell_gets_honest_statuses_and_never_the_key(tmp_path: Path) -> None:
    shutil.copytree(prepared.data_folder(), tmp_path / "data", symlinks=True)
    environment = Product(tmp_path / "data").full_environment()
    add = ["add_endpoint", "Gone", "--base-url", "http://127.0.0.1:9/v1", "--key-stdin"]
    with Commands(environment) as commands:
        tried: list[tuple[int, Any]] = [
            (0, commands.run(*add, typed=f"{KEY}\n")),
            (2, commands.run(*add, typed=f"{KEY}\n")),
            (0, commands.run("list_endpoints", "--json")),
            (1, commands.run("test_endpoint", "Gone", "--json")),
            (2, commands.run("test_endpoint", "Elsewhere")),
            (0, commands.run("rotate_keys")),
        ]
    for status, done in tried:
        assert done.returncode == status, done.stderr
        assert KEY not in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
    assert json.loads(tried[3][1].stdout)[0]["error"]["code"] == "unavailable"
