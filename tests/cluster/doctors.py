"""`manage.py doctor` many times in one process, for tests that ask it often.

In a child process, `python -m tests.cluster.doctors` reads arguments of the command, a line of JSON
each, and answers each with a line of JSON: the exit status and what the command printed.
"""

import json
import subprocess
import sys
from io import StringIO
from typing import Any

import django
from django.core.management import call_command

from tests.cluster.installation import Installation
from tests.e2e.product import ROOT

Examined = tuple[int, list[dict[str, Any]]]
"""The exit status and the findings."""


def examine_once(installation: Installation, *arguments: str, **environment: str) -> Examined:
    """Run the command as an operator does, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "manage.py", "doctor", "--json", *arguments],
        cwd=ROOT,
        env=installation.full_environment() | environment,
        capture_output=True,
        text=True,
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


class Doctor:
    """The process that runs the command with the settings of an installation, until `end`."""

    def __init__(self, installation: Installation) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.cluster.doctors"],
            cwd=ROOT,
            env=installation.full_environment() | {"DJANGO_SETTINGS_MODULE": "webchat.settings"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def examine(self, *arguments: str) -> Examined:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(arguments), file=self._process.stdin, flush=True)
        status, printed = json.loads(self._process.stdout.readline())
        return status, json.loads(printed)

    def end(self) -> None:
        self._process.communicate()


def answer() -> None:
    django.setup()
    for line in sys.stdin:
        printed, status = StringIO(), 0
        try:
            call_command("doctor", "--json", *json.loads(line), stdout=printed)
        except SystemExit as error:
            status = int(str(error.code))
        print(json.dumps([status, printed.getvalue()]), flush=True)


if __name__ == "__main__":
    answer()
