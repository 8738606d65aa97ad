"""What the audit is told of a change."""

import pytest

from tests.factories import make_endpoint
from webchat.catalog.changes import differences, snapshot, stored_snapshot

pytestmark = pytest.mark.django_db

KEY = "sk-very-secret"


def test_nothing_changed_is_nothing_told() -> None:
    endpoint = make_endpoint(api_key=KEY)
    assert differences(stored_snapshot(endpoint.pk), snapshot(endpoint)) == {}


def test_former_and_new_values_are_told_and_secrets_are_not() -> None:
    endpoint = make_endpoint(api_key=KEY, proxy="http://a:b@proxy:1", options={"seed": 1, "k": KEY})
    before = stored_snapshot(endpoint.pk)
    endpoint.label, endpoint.api_key, endpoint.proxy = "New", "sk-next", ""
    endpoint.headers, endpoint.options = {"X-Key": KEY}, {"seed": 1, "k": "sk-next"}
    told = differences(before, snapshot(endpoint))
    assert told == {
        "label": ["Demo", "New"],
        "api_key": "changed",
        "proxy": "removed",
        "headers": "set",
        "options": ["k"],
    }


def test_of_a_new_endpoint_only_what_is_set_is_told() -> None:
    endpoint = make_endpoint("Server", base_url="https://host/v1", api_key=KEY)
    told = differences({}, snapshot(endpoint))
    assert told["label"] == [None, "Server"]
    assert told["api_key"] == "set"
    assert "proxy" not in told
    assert KEY not in str(told)
