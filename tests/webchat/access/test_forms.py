"""What changes something is a form of the site's own pages."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from tests.webchat.access.conftest import signed_in
from webchat.models import User

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["message-send", "media-upload", "preferences", "run-stop"])
def test_what_changes_things_is_not_done_by_a_link(alice: User, name: str) -> None:
    args = [uuid4()] if name == "run-stop" else []
    assert signed_in(alice).get(reverse(name, args=args)).status_code == 405


def test_a_form_from_another_site_is_refused(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert client.post("/send/", {"text": "hi"}).status_code == 403
