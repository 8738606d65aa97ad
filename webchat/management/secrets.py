"""Secrets for commands: never an argument, because everybody on the computer can read those."""

import os
import sys
from getpass import getpass
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

MISUSED = 2
SECRET_MAX = 64 * 1024  # characters; nothing that is typed into a form is longer


def add_secret(parser: CommandParser, name: str, what: str, *, typed: bool = False) -> None:
    """Options for one secret; with `typed` it may also come from the keyboard or a pipe."""
    group = parser.add_mutually_exclusive_group()
    if typed:
        group.add_argument(
            f"--{name}-prompt", action="store_true", help=f"ask for {what} at the terminal"
        )
        group.add_argument(
            f"--{name}-stdin", action="store_true", help=f"read {what} from standard input"
        )
    group.add_argument(
        f"--{name}-env", metavar="VARIABLE", help=f"read {what} from this environment variable"
    )
    group.add_argument(
        f"--{name}-file", metavar="FILE", type=Path, help=f"read {what} from this file"
    )


def read_secret(
    options: dict[str, Any], name: str, what: str, *, twice: bool = False
) -> str | None:
    """What the options say; None when they say nothing. Raises CommandError, quoting no secret.

    `twice` is for what nobody could look up after a slip of the finger.
    """
    if options.get(f"{name}_prompt"):
        return _prompt(what, twice)
    if options.get(f"{name}_stdin"):
        return _one(sys.stdin.read(SECRET_MAX + 1), what)
    if variable := options[f"{name}_env"]:
        return _one(os.environ.get(variable, ""), f"{what}, the variable {variable},")
    if file := options[f"{name}_file"]:
        return _one(_content(file), f"{what}, in {file},")
    return None


def _prompt(what: str, twice: bool) -> str:
    typed = _one(getpass(f"{what[0].upper()}{what[1:]}: "), what)
    if twice and getpass("Once more: ") != typed:
        raise CommandError("These are not the same.", returncode=MISUSED)
    return typed


def _content(file: Path) -> str:
    try:
        with file.open(encoding="utf-8") as stream:
            return stream.read(SECRET_MAX + 1)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise CommandError(f"{file} cannot be read: {reason}.", returncode=MISUSED) from None


def _one(secret: str, what: str) -> str:
    secret = secret.rstrip("\r\n")
    if not secret:
        raise CommandError(f"{what[0].upper()}{what[1:]} is empty.", returncode=MISUSED)
    if len(secret) > SECRET_MAX:
        raise CommandError(f"{what[0].upper()}{what[1:]} is too long.", returncode=MISUSED)
    return secret
