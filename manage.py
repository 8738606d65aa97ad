#!/usr/bin/env python
"""The command line of the Django project."""

import argparse
import os
import sys

from django.core.exceptions import ImproperlyConfigured


def take_address(arguments: list[str]) -> None:
    """Put `serve --host --port` where the settings look, since ORIGINS depends on the port."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--host")
    parser.add_argument("--port")
    given, _ = parser.parse_known_args(arguments)
    for name, value in (("HOST", given.host), ("PORT", given.port)):
        if value is not None:
            os.environ[name] = value


def main(arguments: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webchat.settings")
    from django.conf import settings  # noqa: PLC0415
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    if arguments[1:2] == ["serve"]:
        take_address(arguments[2:])
    try:
        settings.INSTALLED_APPS  # noqa: B018  (reads the settings, so that a mistake shows here)
    except ImproperlyConfigured as error:
        sys.exit(f"Webchat cannot start.\n\n{error}")
    execute_from_command_line(arguments)


if __name__ == "__main__":
    try:
        main(sys.argv)
    except KeyboardInterrupt:
        sys.exit(130)  # as a shell says it; nothing has begun that would need an end
