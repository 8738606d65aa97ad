"""`manage.py add_endpoint`"""

import json
from typing import Any

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from providers.openai_compatible import OpenAICompatible
from providers.registry import find, providers
from webchat.audit import record
from webchat.catalog import renew, try_endpoints
from webchat.catalog.changes import differences, snapshot
from webchat.management.endpoints import in_words
from webchat.management.secrets import MISUSED, add_secret, read_secret
from webchat.models import AuditRecord, Endpoint


class Command(BaseCommand):
    help = (
        "Add an endpoint: a server or a provider that people may choose. Its key is read from the "
        "terminal, standard input, the environment or a file, never from the command line. Ends "
        "with 0 when it is there (and answered, with --test), with 1 when it did not answer, with "
        "2 when it was not added. Example: manage.py add_endpoint OpenRouter --base-url "
        "https://openrouter.ai/api/v1 --key-env OPENROUTER_KEY --test"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("label", help="the name that people read")
        parser.add_argument(
            "--provider",
            default=OpenAICompatible.__name__,
            help=f"one of {', '.join(providers())}; without it OpenAICompatible",
        )
        parser.add_argument("--base-url", default="", help="the address, up to and including /v1")
        add_secret(parser, "key", "the key", typed=True)
        add_secret(parser, "proxy", "the proxy's address")
        add_secret(parser, "headers", "further headers, a JSON object,")
        parser.add_argument("--options", default="{}", help='a JSON object, like {"seed": 1}')
        parser.add_argument(
            "--group", action="append", default=[], help="only for this group; may be repeated"
        )
        parser.add_argument("--position", type=int, default=100, help="lower comes first (100)")
        parser.add_argument("--runs-at-once", type=int, default=0, help="0 means any number")
        parser.add_argument("--silence-seconds", type=int, help="in place of RUN_IDLE")
        parser.add_argument("--total-seconds", type=int, help="in place of RUN_DEADLINE")
        parser.add_argument("--disabled", action="store_true", help="do not offer it yet")
        parser.add_argument(
            "--no-new-models",
            action="store_true",
            help="leave the models it lists switched off until somebody chooses",
        )
        parser.add_argument("--test", action="store_true", help="ask it at once")

    def handle(self, *args: Any, **options: Any) -> None:
        groups = [_group(name) for name in options["group"]]
        endpoint = self.build(options)
        _check(endpoint)
        with transaction.atomic():
            endpoint.save()
            endpoint.groups.set(groups)
            record(
                AuditRecord.Action.ENDPOINT_CHANGED,
                subject=endpoint,
                **differences({}, snapshot(endpoint)),
            )
        renew(endpoint)
        self.stdout.write(f"Added endpoint {endpoint.pk}: {endpoint.label}")
        if options["test"]:
            self.test(endpoint)

    def build(self, options: dict[str, Any]) -> Endpoint:
        provider = find(options["provider"])
        if provider is None:
            known = ", ".join(providers())
            raise CommandError(
                f"There is no provider {options['provider']!r}; there are {known}.",
                returncode=MISUSED,
            )
        return Endpoint(
            label=options["label"],
            provider=provider.__name__,
            base_url=options["base_url"],
            api_key=read_secret(options, "key", "the key") or "",
            proxy=read_secret(options, "proxy", "the proxy's address") or "",
            headers=_json(read_secret(options, "headers", "the headers") or "{}", "headers"),
            options=_json(options["options"], "options"),
            everyone=not options["group"],
            position=options["position"],
            runs_at_once=options["runs_at_once"],
            silence_seconds=options["silence_seconds"],
            total_seconds=options["total_seconds"],
            enabled=not options["disabled"],
            offers_new_models=not options["no_new_models"],
        )

    def test(self, endpoint: Endpoint) -> None:
        [trial] = try_endpoints([endpoint])
        self.stdout.write(in_words(trial))
        if not trial.works:
            raise CommandError("It was added, but it does not answer.")


def _group(name: str) -> Group:
    group = Group.objects.filter(name=name).first()
    if group is None:
        raise CommandError(f"There is no group {name!r}.", returncode=MISUSED)
    return group


def _json(text: str, what: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise CommandError(f"The {what} are not JSON.", returncode=MISUSED) from None


def _check(endpoint: Endpoint) -> None:
    """Raises CommandError with everything that is wrong; no message quotes a secret."""
    if Endpoint.objects.filter(label=endpoint.label).exists():
        raise CommandError(f"There is an endpoint {endpoint.label!r} already.", returncode=MISUSED)
    try:
        endpoint.full_clean()
    except ValidationError as error:
        wrong = [f"{name}: {' '.join(said)}" for name, said in error.message_dict.items()]
        raise CommandError("\n".join(wrong), returncode=MISUSED) from None
