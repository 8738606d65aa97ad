"""The page of figures: who sees it, what it says, its files."""

import re
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.webchat.insight.made import make_outcome, make_rating
from webchat.models import User

pytestmark = pytest.mark.django_db

PAGE = "/admin/webchat/outcome/"


def html(panel: Client, **asked: str) -> str:
    answer = panel.get(PAGE, asked)
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.fixture
def figures(alice: User) -> None:
    """Something of everything, today."""
    now = timezone.now()
    for number in range(9):
        fields = {"first_seconds": 0.5, "total_seconds": 2.0, "completion_tokens": 30}
        make_outcome(alice, now, model=f"<model> {number}", prompt_tokens=1000 + number, **fields)
    make_outcome(alice, now, status="failed", error_code="rate_limited")
    make_rating(alice, now, "down", "<model> 1", reason="wrong", comment="=<b>1+1</b>")


@pytest.mark.usefixtures("figures")
def test_every_chart_is_drawn_named_and_has_its_table(panel: Client) -> None:
    page = html(panel)
    drawings = re.findall(r"<svg viewBox.*?</svg>", page, re.DOTALL)
    assert len(drawings) == 9
    for drawing in drawings:
        svg = ElementTree.fromstring(drawing)  # noqa: S314 - our own
        named = svg.attrib["aria-labelledby"].split()
        told = {child.attrib["id"]: child.text for child in svg if "id" in child.attrib}
        assert list(told) == named
        assert all(told.values())
    for slug in (
        "activity",
        "tokens",
        "speed",
        "errors",
        "ratings",
        "reasons",
        "comments",
        "storage",
    ):
        assert f"{PAGE}{slug}.csv?since=" in page
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert "Other models" in page
    assert "Too many requests" in page


@pytest.mark.usefixtures("figures")
def test_no_text_becomes_markup_and_nothing_has_a_style_of_its_own(panel: Client) -> None:
    page = html(panel)
    assert "&lt;model&gt; 1" in page
    assert "<model>" not in page
    assert "<b>1+1" not in page
    assert " style=" not in page
    assert "<style" not in page


@pytest.mark.usefixtures("figures")
def test_a_period_without_anything_says_so(panel: Client) -> None:
    page = html(panel, since="2020-01-01", until="2020-01-07")
    assert page.count("Nothing in this period.") == 5
    assert "Jan. 1, 2020 to Jan. 7, 2020" in page


def test_a_period_that_cannot_be_shown_says_why(panel: Client) -> None:
    page = html(panel, since="2026-02-01", until="2026-01-01")
    assert "The first day comes after the last one." in page


@pytest.mark.parametrize(
    "asked", [{"until": "0001-01-05"}, {"since": "9999-12-31"}, {"until": "9999-12-31"}]
)
def test_days_beyond_all_time_show_the_usual_ones(panel: Client, asked: dict[str, str]) -> None:
    assert 'class="period-error"' in html(panel, **asked)
    assert panel.get(f"{PAGE}tokens.csv", asked).status_code in {200, 404}


def test_the_chosen_number_of_days_is_marked(panel: Client) -> None:
    chosen = re.findall(r'href="\?days=(\d+)" aria-current', html(panel, days="90"))
    assert chosen == ["90"]


def test_days_are_those_of_where_the_reader_lives(panel: Client, staff: User, alice: User) -> None:
    staff.time_zone, staff.chosen_time_zone = "Europe/Berlin", "Pacific/Kiritimati"
    staff.save()
    page = html(panel, days="7")
    assert "in the time of Pacific/Kiritimati" in page
    today = timezone.localtime(timezone.now() + timedelta(hours=14), timezone.get_fixed_timezone(0))
    assert f'name="until" value="{today:%Y-%m-%d}"' in page


@pytest.mark.usefixtures("figures")
def test_tables_are_files(panel: Client) -> None:
    answer = panel.get(f"{PAGE}comments.csv", {"days": "7"})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert re.fullmatch(
        r'attachment; filename="comments-\d{4}-\d\d-\d\d-\d{4}-\d\d-\d\d.csv"',
        answer["Content-Disposition"],
    )
    assert "'=<b>1+1</b>" in answer.content.decode()
    assert panel.get(f"{PAGE}secrets.csv").status_code == 404


@pytest.mark.usefixtures("figures")
@pytest.mark.parametrize("address", [PAGE, f"{PAGE}comments.csv"])
def test_only_who_may_see_outcomes_sees_figures(client: Client, bob: User, address: str) -> None:
    assert client.get(address).status_code in {302, 403}
    bob.is_staff = True
    bob.save()
    browser = Client()
    browser.force_login(bob)
    assert browser.get(address).status_code == 403
    bob.user_permissions.add(Permission.objects.get(codename="view_outcome"))
    assert browser.get(address).status_code == 200
    assert 'href="/admin/webchat/outcome/"' in browser.get("/admin/").content.decode()


@pytest.mark.usefixtures("figures")
def test_nothing_can_be_changed_by_hand(panel: Client) -> None:
    for part in ("add/", "1/change/", "1/delete/"):
        assert panel.get(f"{PAGE}{part}").status_code == 404
    assert reverse("admin:webchat_outcome_changelist") == PAGE
