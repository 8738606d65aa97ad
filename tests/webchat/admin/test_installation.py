"""Name, logo, terms and notice: filled in by administrators, seen by everybody."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.pictures import PNG
from tests.pictures import picture as a_picture
from webchat.installation import forget, installation
from webchat.models import AuditRecord, Installation, User

pytestmark = pytest.mark.django_db(transaction=True)  # what holds at once does from the commit on

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


def fill_in(panel: Client, **fields: Any) -> Any:
    panel.get(reverse("admin:webchat_installation_changelist"))
    address = reverse("admin:webchat_installation_change", args=[1])
    return panel.post(address, {"notice_level": "information", **fields})


def picture(data: bytes, name: str = "logo.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def sign_in_page() -> str:
    return Client().get(reverse("account_login")).content.decode()


def test_the_name_stands_on_every_page(panel: Client, client: Client) -> None:
    fill_in(panel, name="Harbour chat")
    assert "<title>Harbour chat</title>" in client.get("/").content.decode()
    assert "Sign in – Harbour chat" in sign_in_page()


def test_without_a_name_the_setting_holds(client: Client, settings: Any) -> None:
    settings.SITE_NAME = "From the settings"
    assert "<title>From the settings</title>" in client.get("/").content.decode()


def test_a_logo_is_made_anew_and_shown_before_the_sign_in(panel: Client) -> None:
    fill_in(panel, new_logo=picture(PNG))
    address = reverse("logo", args=[Installation.objects.get().logo_digest])
    assert address in sign_in_page()
    assert address in panel.get(reverse("admin:index")).content.decode()
    answer = Client().get(address)
    assert answer.content.startswith(b"\x89PNG")
    assert answer["Content-Type"] == "image/png"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert Client().get(reverse("logo", args=["0" * 16])).status_code == 404


def test_a_logo_that_is_no_picture_is_refused_in_words(panel: Client) -> None:
    answer = fill_in(panel, new_logo=picture(SVG))
    assert "This is not a PNG, JPEG, WebP or GIF picture." in answer.content.decode()
    assert not Installation.objects.get().logo


def test_a_logo_that_only_begins_like_a_picture_is_refused_in_words(panel: Client) -> None:
    whole = a_picture("JPEG", (200, 200))
    answer = fill_in(panel, new_logo=picture(whole[: len(whole) // 2]))
    assert "This is not a PNG, JPEG, WebP or GIF picture." in answer.content.decode()
    assert not Installation.objects.get().logo


@pytest.mark.parametrize("notice", ["<script>evil()</script>", "[x](javascript:evil())"])
def test_a_hostile_notice_is_text(panel: Client, client: Client, notice: str) -> None:
    fill_in(panel, notice=notice)
    page = client.get("/").content.decode()
    assert "<script>evil" not in page and 'href="javascript:' not in page


def test_a_logo_stays_until_it_is_removed(panel: Client) -> None:
    fill_in(panel, new_logo=picture(PNG))
    fill_in(panel, name="Harbour chat")
    assert Installation.objects.get().logo
    fill_in(panel, remove_logo="on")
    assert not Installation.objects.get().logo


def test_everybody_reads_the_notice(panel: Client, client: Client) -> None:
    fill_in(panel, notice="Down <b>tonight</b>: https://status.example.org")
    for page in (client.get("/").content.decode(), sign_in_page()):
        assert "Down &lt;b&gt;tonight&lt;/b&gt;" in page
        assert 'href="https://status.example.org"' in page


def test_a_notice_ends_at_its_time(panel: Client, client: Client) -> None:
    fill_in(panel, notice="Cake in the kitchen")
    Installation.objects.update(notice_until=timezone.now() - timedelta(minutes=1))
    fill_in(
        panel, notice="Cake in the kitchen", notice_until_0="2001-01-01", notice_until_1="12:00"
    )
    assert "Cake" not in client.get("/").content.decode()


def test_a_notice_that_was_put_away_stays_away_but_the_next_one_shows(
    panel: Client, client: Client
) -> None:
    fill_in(panel, notice="Cake in the kitchen")
    client.post("/preferences/", {"notice": Installation.objects.get().notice_digest})
    assert "Cake" not in client.get("/").content.decode()
    fill_in(panel, notice="More cake")
    assert "More cake" in client.get("/").content.decode()


def test_the_terms_are_linked_and_are_a_web_address(panel: Client, client: Client) -> None:
    fill_in(panel, terms_url="javascript:alert(1)")
    assert "javascript:" not in client.get("/").content.decode()
    fill_in(panel, terms_url="https://example.org/terms")
    assert 'href="https://example.org/terms"' in client.get("/").content.decode()
    assert 'href="https://example.org/terms"' in sign_in_page()


def test_a_change_is_recorded(panel: Client, staff: User) -> None:
    fill_in(panel, name="Harbour chat")
    written = AuditRecord.objects.get(action="site_changed")
    assert (written.actor, written.details) == (staff, {"fields": ["name"]})


def test_there_is_always_one_row(panel: Client) -> None:
    fill_in(panel)
    assert panel.get(reverse("admin:webchat_installation_add")).status_code == 403
    assert panel.get(reverse("admin:webchat_installation_delete", args=[1])).status_code == 403


def test_pages_ask_for_it_once_in_a_while(db: None, django_assert_num_queries: Any) -> None:
    forget()
    with django_assert_num_queries(1):
        assert installation().name == installation().name == "Webchat"


def test_without_a_database_the_settings_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError

    monkeypatch.setattr(Installation.objects, "first", away)
    forget()
    assert installation().name == "Webchat"
