"""Secrets are sealed for their rows, headers become secrets, and endpoints get limits of time.

A secret that no key of FIELD_KEYS opens stays as it is. It reads as "not set" from now on, even if
the key comes back.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import django.core.validators
from cryptography.fernet import InvalidToken
from django.db import migrations, models

import webchat.models.checks
import webchat.models.secret
from webchat.models.secret import Sealed, keys, seal, unseal

PORTS = {"http": 80, "https": 443}
SECONDS = [
    django.core.validators.MinValueValidator(1),
    django.core.validators.MaxValueValidator(86400),
]


def destination(endpoint: Any) -> str:
    if not endpoint.base_url:
        return str(endpoint.provider)
    try:
        parts = urlsplit(endpoint.base_url)
        return f"{parts.scheme}://{parts.hostname}:{parts.port or PORTS.get(parts.scheme, '')}"
    except ValueError:
        return str(endpoint.base_url)


def places(endpoint: Any) -> dict[str, str]:
    bound = destination(endpoint)
    return {
        "api_key": f"webchat_endpoint.api_key {bound}",
        "proxy": "webchat_endpoint.proxy ",
        "headers": f"webchat_endpoint.headers {bound}",
    }


def tokens(endpoint: Any) -> Iterator[tuple[str, str]]:
    for name in ("api_key", "proxy"):
        token = endpoint.__dict__[name]
        if token:
            yield name, token


def seal_all(apps: Any, schema_editor: Any) -> None:
    Endpoint = apps.get_model("webchat", "Endpoint")
    for endpoint in Endpoint.objects.all():
        place, sealed = places(endpoint), {}
        for name, token in tokens(endpoint):
            try:
                sealed[name] = seal(keys().decrypt(token.encode()).decode(), place[name])
            except InvalidToken:
                continue
        if endpoint.headers:
            text = webchat.models.secret.SecretJSONField().to_text(endpoint.headers)
            sealed["sealed_headers"] = seal(text, place["headers"])
        if sealed:
            Endpoint.objects.filter(pk=endpoint.pk).update(**sealed)


def unseal_all(apps: Any, schema_editor: Any) -> None:
    Endpoint = apps.get_model("webchat", "Endpoint")
    for endpoint in Endpoint.objects.all():
        place, opened = places(endpoint), {}
        for name, token in tokens(endpoint):
            if text := unseal(token, place[name]):
                opened[name] = Sealed(keys().encrypt(text.encode()).decode())
        text = unseal(endpoint.__dict__["sealed_headers"] or "", place["headers"])
        opened["headers"] = webchat.models.secret.SecretJSONField().from_text(text)
        Endpoint.objects.filter(pk=endpoint.pk).update(**opened)


class Migration(migrations.Migration):

    dependencies = [
        ("webchat", "0009_endpoint_models"),
    ]

    operations = [
        migrations.RemoveField(model_name="endpoint", name="model_names"),
        migrations.AddField(
            model_name="endpoint",
            name="offers_new_models",
            field=models.BooleanField(default=True, help_text="Whether a model that the endpoint lists for the first time is switched on.", verbose_name="offer new models"),
        ),
        migrations.AddField(
            model_name="endpoint",
            name="silence_seconds",
            field=models.PositiveIntegerField(blank=True, help_text="Seconds without a sign after which an answer is given up; empty: RUN_IDLE.", null=True, validators=SECONDS, verbose_name="longest silence"),
        ),
        migrations.AddField(
            model_name="endpoint",
            name="total_seconds",
            field=models.PositiveIntegerField(blank=True, help_text="Seconds after which an answer is ended in any case; empty: RUN_DEADLINE.", null=True, validators=SECONDS, verbose_name="longest answer"),
        ),
        migrations.AlterField(
            model_name="endpoint",
            name="base_url",
            field=models.CharField(blank=True, max_length=500, validators=[webchat.models.checks.check_base_url], verbose_name="base address"),
        ),
        migrations.AlterField(
            model_name="endpoint",
            name="options",
            field=models.JSONField(blank=True, default=dict, validators=[webchat.models.checks.check_options], verbose_name="options"),
        ),
        migrations.AlterField(
            model_name="endpoint",
            name="position",
            field=models.PositiveIntegerField(default=100, help_text="Lower numbers come first.", verbose_name="position"),
        ),
        migrations.AlterField(
            model_name="endpoint",
            name="proxy",
            field=webchat.models.secret.SecretField(blank=True, default="", validators=[webchat.models.checks.check_proxy_address], verbose_name="proxy"),
        ),
        migrations.AddField(
            model_name="endpoint",
            name="sealed_headers",
            field=webchat.models.secret.SecretJSONField(blank=True, default=dict),
        ),
        migrations.RunPython(seal_all, unseal_all),
        migrations.RemoveField(model_name="endpoint", name="headers"),
        migrations.RenameField(model_name="endpoint", old_name="sealed_headers", new_name="headers"),
        migrations.AlterField(
            model_name="endpoint",
            name="headers",
            field=webchat.models.secret.SecretJSONField(blank=True, default=dict, validators=[webchat.models.checks.check_headers], verbose_name="headers"),
        ),
    ]
