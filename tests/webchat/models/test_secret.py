"""Secrets are worth nothing in the database: not to read, not to move about."""

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core import serializers
from django.db.models import TextField
from django.db.models.functions import Cast

from tests.factories import make_endpoint
from webchat.models import Endpoint
from webchat.models.secret import Sealed

pytestmark = pytest.mark.django_db

KEY = "sk-very-secret"


def raw(endpoint: Endpoint, column: str = "api_key") -> str:
    """What stands in the database."""
    found = Endpoint.objects.filter(pk=endpoint.pk).annotate(raw=Cast(column, TextField()))
    return str(found.values_list("raw", flat=True).get())


def put(endpoint: Endpoint, token: str, column: str = "api_key") -> None:
    """Write into the database as somebody would who got in there."""
    Endpoint.objects.filter(pk=endpoint.pk).update(**{column: Sealed(token)})


def stored(endpoint: Endpoint) -> Endpoint:
    return Endpoint.objects.get(pk=endpoint.pk)


def test_what_is_saved_is_read_again_and_not_to_be_found_in_the_table() -> None:
    endpoint = make_endpoint(api_key=KEY, proxy="http://a:b@proxy:1", headers={"X-Key": KEY})
    for column in ("api_key", "proxy", "headers"):
        assert raw(endpoint, column).startswith("gAAAA")
    found = stored(endpoint)
    assert (found.api_key, found.proxy) == (KEY, "http://a:b@proxy:1")
    assert found.headers == {"X-Key": KEY}


def test_an_empty_secret_is_stored_as_nothing() -> None:
    endpoint = make_endpoint()
    assert [raw(endpoint, column) for column in ("api_key", "proxy", "headers")] == ["", "", ""]
    found = stored(endpoint)
    assert (found.api_key, found.proxy, found.headers) == ("", "", {})


def test_a_token_of_another_row_opens_nothing() -> None:
    mine = make_endpoint(base_url="https://good.example/v1", api_key=KEY)
    theirs = make_endpoint(base_url="https://evil.example/v1")
    put(theirs, raw(mine))
    assert stored(theirs).api_key == ""


def test_a_token_of_another_column_opens_nothing() -> None:
    endpoint = make_endpoint(base_url="https://good.example/v1", api_key=KEY)
    put(endpoint, raw(endpoint), "proxy")
    assert stored(endpoint).proxy == ""


def test_a_row_that_is_led_elsewhere_has_no_key_any_more() -> None:
    endpoint = make_endpoint(base_url="https://good.example/v1", api_key=KEY, headers={"X": KEY})
    Endpoint.objects.filter(pk=endpoint.pk).update(base_url="https://evil.example/v1")
    assert (stored(endpoint).api_key, stored(endpoint).headers) == ("", {})


@pytest.mark.parametrize("address", ["https://good.example/api/v1", "https://GOOD.example:443/v1/"])
def test_another_path_of_the_same_server_keeps_the_key(address: str) -> None:
    endpoint = make_endpoint(base_url="https://good.example/v1", api_key=KEY)
    Endpoint.objects.filter(pk=endpoint.pk).update(base_url=address)
    assert stored(endpoint).api_key == KEY


def test_saving_a_row_that_nobody_looked_into_leaves_its_token_alone() -> None:
    endpoint = make_endpoint(api_key=KEY)
    before = raw(endpoint)
    found = stored(endpoint)
    found.label = "Another"
    found.save()
    assert raw(endpoint) == before


def test_a_key_typed_with_another_address_is_sealed_for_that_one() -> None:
    endpoint = make_endpoint(base_url="https://old.example/v1", api_key=KEY)
    found = stored(endpoint)
    found.base_url, found.api_key = "https://new.example/v1", "sk-new"
    found.save()
    assert stored(endpoint).api_key == "sk-new"


def test_a_token_that_no_key_opens_reads_as_not_set_and_everything_else_works(
    settings: Any,
) -> None:
    endpoint = make_endpoint("Server", api_key=KEY, headers={"X": "y"})
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    found = stored(endpoint)
    assert (found.label, found.api_key, found.headers) == ("Server", "", {})


def test_every_key_of_the_ring_opens_and_the_first_one_seals(settings: Any) -> None:
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    settings.FIELD_KEYS = [old]
    endpoint = make_endpoint(api_key=KEY)
    settings.FIELD_KEYS = [new, old]
    found = stored(endpoint)
    assert found.api_key == KEY
    found.api_key = "sk-next"
    found.save()
    settings.FIELD_KEYS = [new]
    assert stored(endpoint).api_key == "sk-next"


def test_plain_text_cannot_be_written_past_the_row() -> None:
    make_endpoint()
    with pytest.raises(TypeError):
        Endpoint.objects.update(api_key=KEY)


def test_a_row_that_is_loaded_without_its_secrets_loads_them_when_asked() -> None:
    endpoint = make_endpoint(api_key=KEY)
    assert Endpoint.objects.only("label").get(pk=endpoint.pk).api_key == KEY


def test_neither_values_nor_dumps_hold_plain_text() -> None:
    make_endpoint(api_key=KEY, headers={"X-Key": KEY})
    assert KEY not in str(list(Endpoint.objects.values()))
    assert KEY not in serializers.serialize("json", Endpoint.objects.all())
