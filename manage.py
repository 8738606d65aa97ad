#!/usr/bin/env python
"""The command line of the Django project."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured


def main(arguments: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webchat.settings")
    from django.conf import settings  # noqa: PLC0415
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    try:
        settings.INSTALLED_APPS  # noqa: B018  (reads the settings, so that a mistake shows here)
    except ImproperlyConfigured as error:
        sys.exit(f"Webchat cannot start.\n\n{error}")
    execute_from_command_line(arguments)


if __name__ == "__main__":
    main(sys.argv)
