"""The administration looks like the rest of the site."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from webchat.models import User

CSS = Path(__file__).resolve().parents[3] / "static" / "css"


@pytest.fixture
def client(staff: User) -> Client:
    client = Client()
    client.force_login(staff)
    return client


def first_page(client: Client) -> str:
    return client.get(reverse("admin:index")).content.decode()


def colours(file: str) -> dict[str, str]:
    """The custom properties of a file that hold a pair of colours."""
    found = re.findall(r"(--[\w-]+): (light-dark\(#[^)]+\))", (CSS / file).read_text())
    return dict(found)


def test_it_has_the_name_of_the_installation_and_a_way_back(client: Client, settings: Any) -> None:
    settings.SITE_NAME = "Lakeside"
    page = first_page(client)
    assert "<title>Site administration – Lakeside</title>" in page
    assert f'<a href="{reverse("home")}">Back to the chat</a>' in page


@pytest.mark.parametrize("theme", ["system", "light", "dark"])
def test_it_has_the_theme_that_was_chosen_in_the_chat(client: Client, theme: str) -> None:
    client.cookies["theme"] = theme
    assert re.search(rf'<body class="[^"]*theme-{theme}\b', first_page(client))


def test_its_theme_is_no_text_of_a_cookie(client: Client) -> None:
    client.cookies["theme"] = '"><script>'
    assert "theme-system" in first_page(client)


def test_choosing_a_theme_leads_back_to_the_page(client: Client) -> None:
    address = reverse("admin:webchat_endpoint_changelist") + "?q=a"
    assert f'name="next" value="{address}"' in client.get(address).content.decode()


def test_it_has_the_colours_of_the_chat() -> None:
    own, chat = colours("admin.css"), colours("base.css")
    renamed = {
        "--violet": "--accent",
        "--violet-ink": "--accent-ink",
        "--violet-soft": "--accent-soft",
    }
    shared = {renamed.get(name, name): value for name, value in own.items()}
    assert {name: value for name, value in shared.items() if name in chat} == {
        name: value for name, value in chat.items() if name != "--code-paper"
    }
