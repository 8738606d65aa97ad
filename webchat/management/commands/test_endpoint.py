"""`manage.py test_endpoint`"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from webchat.catalog import Trial, try_endpoints
from webchat.management.endpoints import as_json, find_endpoints, in_words
from webchat.management.secrets import MISUSED
from webchat.models import Endpoint


class Command(BaseCommand):
    help = (
        "Ask endpoints now, as the panel's “Test” does: for their models where they tell them, and "
        "a tiny question that is broken off as soon as the answer begins. The list of models is "
        "kept. Ends with 0 when every one of them answered, with 1 when one did not, with 2 when "
        "there is no such endpoint."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "endpoint", nargs="*", help="its number or its label; several may be named"
        )
        parser.add_argument("--all", action="store_true", help="every endpoint that is switched on")
        parser.add_argument("--json", action="store_true", help="for programs: a list of objects")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["all"] == bool(options["endpoint"]):
            raise CommandError("Name an endpoint, or say --all.", returncode=MISUSED)
        endpoints = (
            list(Endpoint.objects.filter(enabled=True))
            if options["all"]
            else find_endpoints(options["endpoint"])
        )
        trials = try_endpoints(endpoints)
        if options["json"]:
            self.stdout.write(as_json([described(trial) for trial in trials]))
        else:
            for trial in trials:
                self.stdout.write(in_words(trial))
        failed = sum(not trial.works for trial in trials)
        if failed:
            raise CommandError(f"{failed} of {len(trials)} did not answer.")


def described(trial: Trial) -> dict[str, Any]:
    """What came of asking, for programs."""
    error = trial.error
    return {
        "id": trial.endpoint.pk,
        "label": trial.endpoint.label,
        "works": trial.works,
        "model": trial.model,
        "seconds_until_answer": _rounded(trial.answered_after),
        "models": None if trial.models is None else [model.id for model in trial.models],
        "seconds_until_models": _rounded(trial.listed_after),
        "error": None if error is None else {"code": error.code, "message": error.message},
        "detail": "" if error is None else error.detail,
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
