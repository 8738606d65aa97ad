"""Signing in and out, and who may not."""

import pytest
from django.test import Client

from webchat.models import User

pytestmark = pytest.mark.django_db


def test_healthz_needs_no_sign_in(client: Client) -> None:
    response = client.get("/healthz")

    assert response.status_code == 200
    assert response.content == b"ok\n"


def test_the_administration_sends_strangers_to_the_sign_in_page(
    client: Client, staff: User
) -> None:
    response = client.get("/admin/")
    assert response["Location"] == "/admin/login/?next=/admin/"

    response = client.get(response["Location"])
    assert response["Location"].startswith("/accounts/login/")
