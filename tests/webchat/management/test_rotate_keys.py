"""A new key for everything that is encrypted."""

import io
from typing import Any

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.factories import make_endpoint
from webchat.models import AuditRecord, Endpoint, User

pytestmark = pytest.mark.django_db

KEY = "sk-very-secret"


@pytest.fixture
def ring(settings: Any) -> Any:
    """Changes FIELD_KEYS, as a restart would."""

    def use(*keys: str) -> None:
        settings.FIELD_KEYS = list(keys)

    return use


def new_key() -> str:
    return Fernet.generate_key().decode()


def rotate() -> str:
    out = io.StringIO()
    call_command("rotate_keys", stdout=out)
    return out.getvalue()


def test_afterwards_the_old_key_is_needed_no_more(ring: Any, alice: User) -> None:
    old, new = new_key(), new_key()
    ring(old)
    endpoint = make_endpoint(api_key=KEY, proxy="http://p:1", headers={"X-Key": KEY})
    make_endpoint("Without")
    data = {"secret": get_adapter().encrypt("totp"), "count": 3, "name": "Phone"}
    Authenticator.objects.create(user=alice, type=Authenticator.Type.TOTP, data=data)
    ring(new, old)
    assert rotate() == "4 secrets encrypted with the first of FIELD_KEYS.\n"
    ring(new)
    found = Endpoint.objects.get(pk=endpoint.pk)
    assert (found.api_key, found.proxy, found.headers) == (KEY, "http://p:1", {"X-Key": KEY})
    kept = Authenticator.objects.get().data
    assert get_adapter().decrypt(kept["secret"]) == "totp"
    assert (kept["count"], kept["name"]) == (3, "Phone")


def test_what_no_key_opens_is_left_alone_and_named(ring: Any) -> None:
    lost, new = new_key(), new_key()
    ring(lost)
    endpoint = make_endpoint(api_key=KEY)
    ring(new)
    good = make_endpoint("Good", api_key="sk-good")
    with pytest.raises(CommandError) as caught:
        rotate()
    assert caught.value.returncode == 1
    assert f"endpoint {endpoint.pk}: api_key" in str(caught.value)
    assert f"endpoint {good.pk}" not in str(caught.value)
    ring(lost)
    assert Endpoint.objects.get(pk=endpoint.pk).api_key == KEY


def test_it_is_written_down_how_many(ring: Any) -> None:
    make_endpoint(api_key=KEY)
    rotate()
    record = AuditRecord.objects.get()
    assert record.details == {"secrets_encrypted_anew": 1, "secrets_not_opened": 0}
