"""Every address of the administration, for people, for staff without rights, and for strangers."""

import re
from uuid import uuid4

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from tests.factories import make_user
from tests.webchat.access.conftest import Things, everything, signed_in
from tests.webchat.access.table import PANEL, routes
from webchat.models import User

pytestmark = pytest.mark.django_db

FOR_ALL_STAFF = {
    "admin:index", "admin:jsi18n", "admin:logout", "admin:login", "admin:password_change",
    "admin:password_change_done",
}  # fmt: skip
ADDRESSES = sorted({(name, route) for name, route in routes() if name.startswith("admin:")})


def filled_in(route: str, things: Things) -> str:
    """The address with ids of things that are there, as far as the kind of thing is known."""
    kinds = {"conversation": things.conversation.pk, "endpoint": things.endpoint.pk}
    found = re.search(r"admin/webchat/(\w+)/", route)
    pk = kinds.get(found[1] if found else "", 1)
    route = re.sub(r"\^?\(\?P<app_label>.*", "webchat/", route)
    route = route.replace("<uuid:media>", str(things.picture.pk)).replace("<id>", str(pk))
    route = re.sub(r"\(\?P<url>.*", "nowhere/", route)
    return "/" + re.sub(r"<[^>]*>", str(pk), route)


def is_sign_in(location: str) -> bool:
    return "/login/" in location


def test_every_model_of_the_panel_is_in_the_table() -> None:
    assert {model._meta.label for model in admin.site._registry} == PANEL


@pytest.mark.parametrize(("name", "route"), ADDRESSES)
def test_neither_strangers_nor_people_get_in(
    name: str, route: str, things: Things, alice: User
) -> None:
    before = everything()
    for client in (Client(), signed_in(alice)):
        for answer in (client.get(filled_in(route, things)), client.post(filled_in(route, things))):
            if name == "admin:logout" and answer.status_code in (200, 302, 405):
                continue
            refused = answer.status_code in (403, 404)
            assert refused or is_sign_in(answer["Location"]), answer.status_code
    assert everything() == before


@pytest.mark.parametrize(("name", "route"), ADDRESSES)
def test_staff_without_rights_see_and_change_nothing(name: str, route: str, things: Things) -> None:
    if name in FOR_ALL_STAFF:
        return
    helper = signed_in(make_user("helper", is_staff=True))
    before = everything()
    for answer in (helper.get(filled_in(route, things)), helper.post(filled_in(route, things))):
        page = b"" if answer.streaming else answer.content
        assert answer.status_code in (301, 302, 403, 404, 405)
        assert b"A walk" not in page and b"To the lake" not in page
    assert everything() == before


@pytest.mark.parametrize("model", sorted(PANEL))
def test_administrators_reach_every_list(model: str, things: Things, staff: User) -> None:
    name = model.lower().replace(".", "_")
    answer = signed_in(staff).get(reverse(f"admin:{name}_changelist"), follow=True)
    assert answer.status_code == 200


def test_a_thing_that_is_not_there_is_not_found(things: Things, staff: User) -> None:
    address = reverse("admin:webchat_conversation_change", args=[uuid4()])
    assert signed_in(staff).get(address, follow=True).status_code in (200, 404)
