"""What is ticked in a list."""

import pytest
from django.test import Client

from tests.factories import make_endpoint, make_models
from webchat.models import User

pytestmark = pytest.mark.django_db

LISTS = (
    "auth/group",
    "webchat/user",
    "webchat/endpoint",
    "webchat/endpointmodel",
    "webchat/limits",
)


@pytest.mark.parametrize("ticked", ["abc", "1e3", "-1", "²", "9" * 30])
@pytest.mark.parametrize("kind", LISTS)
def test_what_is_no_key_is_refused(panel: Client, kind: str, ticked: str) -> None:
    make_models(make_endpoint(), "one")
    chosen = {"action": "delete_selected", "_selected_action": ticked}
    assert panel.post(f"/admin/{kind}/", chosen).status_code == 400


def test_what_is_ticked_is_asked_about(panel: Client, alice: User) -> None:
    chosen = {"action": "delete_selected", "_selected_action": str(alice.pk)}
    assert "alice" in panel.post("/admin/webchat/user/", chosen).content.decode()
