"""`manage.py doctor`"""

import json
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from webchat.doctor.examine import examine
from webchat.doctor.finding import Finding, Level
from webchat.doctor.proxy import PING_MARGIN
from webchat.settings import parsers

SIGNS = {Level.GOOD: "ok", Level.WARNING: "!!", Level.WRONG: "XX"}


class Command(BaseCommand):
    help = (
        "Look at everything an installation needs, and at the way in through the proxy, while "
        "Webchat runs. Says what is wrong, and the line that mends it. Takes about half a minute. "
        "The exit status is 1 when something is wrong, 0 otherwise; warnings count as right."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--origin",
            default=settings.ORIGINS[0],
            help="the address to come in by, as people type it (default: the first of ORIGINS)",
        )
        parser.add_argument(
            "--trust", metavar="FILE", help="a certificate of your own making to trust"
        )
        parser.add_argument(
            "--patience",
            type=float,
            default=settings.PING_SECONDS + PING_MARGIN,
            metavar="SECONDS",
            help="how long to listen whether a silent socket is cut (default: %(default)s)",
        )
        parser.add_argument("--json", action="store_true", help="a list of findings, for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            origin = parsers.origin(options["origin"])
        except ValueError as error:
            raise CommandError(f"--origin {error}.") from None
        findings = []
        for finding in examine(origin, options["trust"], options["patience"]):
            findings.append(finding)
            if not options["json"]:
                self._tell(finding)
        if options["json"]:
            self.stdout.write(json.dumps([asdict(each) for each in findings], indent=2))
        if any(each.level is Level.WRONG for each in findings):
            raise SystemExit(1)

    def _tell(self, finding: Finding) -> None:
        self.stdout.write(f"{SIGNS[finding.level]}  {finding.what}: {finding.says}")
        if finding.cure:
            self.stdout.write(f"      {finding.cure}")
