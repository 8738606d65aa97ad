"""What an installation had before is still there after an upgrade."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]

UPGRADE = """
import json, os, sqlite3
import django
django.setup()
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.management import call_command
from django.db import connection

call_command("migrate", "webchat", "0006_people", verbosity=0)
mine, lost = Fernet(settings.FIELD_KEYS[0]), Fernet(Fernet.generate_key())

def endpoint(**fields):
    row = {
        "label": "Server", "provider": "OpenAICompatible", "origin": "admin", "base_url": "",
        "api_key": "", "proxy": "", "headers": "{}", "options": "{}", "model_names": "[]",
        "enabled": True, "everyone": True, "runs_at_once": 0, "position": 100,
        "created_at": "2026-01-01 00:00:00+00:00",
    } | fields
    names, marks = ", ".join(row), ", ".join(["%s"] * len(row))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO webchat_endpoint ({names}) VALUES ({marks})", list(row.values()))

def sealed(text, key=mine):
    return key.encrypt(text.encode()).decode()

endpoint(
    base_url="https://Host.example/v1", api_key=sealed("sk-1"), proxy=sealed("http://a:b@p:1"),
    headers=json.dumps({"X-Title": "Chat"}), options=json.dumps({"seed": 1}),
    model_names=json.dumps(["zeta", "alpha", "zeta", "x" * 300]),
)
endpoint(label="Lost", api_key=sealed("sk-2", lost), model_names="[]")
call_command("migrate", verbosity=0)

from webchat.models import Endpoint
print(json.dumps([
    {
        "key": e.api_key, "proxy": e.proxy, "headers": e.headers, "options": e.options,
        "models": [row.name for row in e.models.offered().order_by("position")],
        "stored": bool(e.__dict__["api_key"]),
    }
    for e in Endpoint.objects.order_by("id")
]))
"""


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The endpoints of an installation that went through the migrations."""
    data = tmp_path_factory.mktemp("upgraded")
    outside = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL"}}
    done = subprocess.run(
        [sys.executable, "-c", UPGRADE],
        cwd=ROOT,
        env=outside | {"DATA_DIR": str(data), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return result


def test_secrets_headers_and_options_are_kept(upgraded: list[dict[str, Any]]) -> None:
    server = upgraded[0]
    assert (server["key"], server["proxy"]) == ("sk-1", "http://a:b@p:1")
    assert server["headers"] == {"X-Title": "Chat"}
    assert server["options"] == {"seed": 1}


def test_the_list_of_models_becomes_rows_in_its_order(upgraded: list[dict[str, Any]]) -> None:
    assert [server["models"] for server in upgraded] == [["zeta", "alpha"], []]


def test_a_key_that_cannot_be_opened_is_left_where_it_is(upgraded: list[dict[str, Any]]) -> None:
    assert (upgraded[1]["key"], upgraded[1]["stored"]) == ("", True)
