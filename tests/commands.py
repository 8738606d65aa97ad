"""Management commands of one installation that share one start of Python.

A process loads the product once; each command then runs in a fork of it, with a memory, standard
streams and an exit status of its own. The settings are those of the moment when the process began.
"""

import json
import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.e2e.product import ROOT

OUTPUTS = {1: "out", 2: "err"}


class Commands:
    """Runs `manage.py` in this environment; a context manager."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.commands"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> "Commands":
        return self

    def __exit__(self, *error: object) -> None:
        self._process.communicate()  # the end of its standard input ends it

    def run(self, *arguments: str, typed: str = "") -> "subprocess.CompletedProcess[str]":
        """Status and output of a command; `typed` is its standard input."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps([arguments, typed]), file=self._process.stdin, flush=True)
        status, out, err = json.loads(self._process.stdout.readline())
        return subprocess.CompletedProcess(arguments, status, out, err)


def _serve() -> None:
    """Answer each line of standard input: a command and what is typed to it, as JSON."""
    import django  # noqa: PLC0415  (tests that import this module have their own settings)

    django.setup()
    fork = multiprocessing.get_context("fork")
    for line in sys.stdin:
        arguments, typed = json.loads(line)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "in").write_text(typed)
            child = fork.Process(target=_run, args=(arguments, folder))
            child.start()
            child.join()
            outputs = [(folder / output).read_text() for output in OUTPUTS.values()]
        print(json.dumps([child.exitcode, *outputs]), flush=True)


def _run(arguments: list[str], folder: Path) -> None:
    sys.stdin = (folder / "in").open()
    for number, output in OUTPUTS.items():
        os.dup2(os.open(folder / output, os.O_WRONLY | os.O_CREAT), number)
    sys.argv = ["manage.py", *arguments]
    runpy.run_path(str(ROOT / "manage.py"), run_name="__main__")


if __name__ == "__main__":
    _serve()
