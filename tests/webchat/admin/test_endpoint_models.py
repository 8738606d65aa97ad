"""The models of endpoints in the panel."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests.factories import make_endpoint, make_models
from webchat.models import AuditRecord, Endpoint, EndpointModel

LIST = reverse("admin:webchat_endpointmodel_changelist")
ADD = reverse("admin:webchat_endpointmodel_add")


def change(row: EndpointModel) -> str:
    return reverse("admin:webchat_endpointmodel_change", args=[row.pk])


def told() -> list[dict[str, Any]]:
    changes = AuditRecord.objects.filter(action="endpoint_changed").order_by("id")
    return list(changes.values_list("details", flat=True))


def act(panel: Client, action: str, *rows: EndpointModel, **more: str) -> str:
    chosen = {"action": action, "_selected_action": [row.pk for row in rows], **more}
    return panel.post(LIST, chosen, follow=True).content.decode()


@pytest.fixture
def server(db: None) -> Endpoint:
    return make_endpoint("Server", "OpenAICompatible", base_url="https://good.example/v1")


def test_two_thousand_models_are_a_page_at_a_time_and_found_by_search(
    panel: Client, server: Endpoint, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    EndpointModel.objects.bulk_create(
        EndpointModel(endpoint=server, name=f"family/model-{number}", position=number)
        for number in range(1, 2001)
    )
    address = f"{LIST}?endpoint__id__exact={server.pk}"
    panel.get(address)
    # session, person, the endpoint, the filter's endpoints, how many of how many, a page of them
    with django_assert_num_queries(7):
        page = panel.get(address).content.decode()
    assert "Models of Server" in page
    assert page.count('class="action-select"') == 100
    assert "2000 results" in page or "2000 models" in page
    found = panel.get(f"{address}&q=model-1999").content.decode()
    assert found.count('class="action-select"') == 1


@pytest.mark.parametrize(("action", "on"), [("switch_on", True), ("switch_off", False)])
def test_models_are_switched_together(
    panel: Client, server: Endpoint, action: str, on: bool
) -> None:
    rows = make_models(server, "one", "two", enabled=not on)
    as_they_were = make_models(make_endpoint(), "other", enabled=not on)
    assert "2 models changed." in act(panel, action, *rows)
    assert set(server.models.values_list("enabled", flat=True)) == {on}
    assert as_they_were[0].enabled != on
    assert told() == [{"models": ["one", "two"], "count": 2, "enabled": on}]


def test_all_that_were_found_are_switched_at_once(panel: Client, server: Endpoint) -> None:
    rows = make_models(server, *(f"model-{number}" for number in range(150)))
    act(panel, "switch_off", rows[0], select_across="1")
    assert not server.models.filter(enabled=True).exists()
    [details] = told()
    assert (details["count"], len(details["models"])) == (150, 20)


def test_one_model_is_made_the_default_of_its_endpoint(panel: Client, server: Endpoint) -> None:
    one, two = make_models(server, "one", "two")
    other = make_models(make_endpoint(), "other")[0]
    act(panel, "make_default", one, other)
    assert "The default is changed." in act(panel, "make_default", two)
    defaults = EndpointModel.objects.filter(is_default=True).values_list("name", flat=True)
    assert set(defaults) == {"two", "other"}
    assert "one model of each" in act(panel, "make_default", one, two)
    assert told()[-1] == {"models": ["two"], "count": 1, "is_default": True}


def test_labels_and_switches_are_changed_in_the_list(panel: Client, server: Endpoint) -> None:
    one, two = make_models(server, "one", "two")
    rows = {"form-TOTAL_FORMS": "2", "form-INITIAL_FORMS": "2", "_save": "Save"}
    rows |= {"form-0-id": str(one.pk), "form-0-label": "The first", "form-0-enabled": "on"}
    rows |= {"form-1-id": str(two.pk), "form-1-label": ""}
    panel.post(LIST, rows)
    assert list(server.models.values_list("label", "enabled")) == [
        ("The first", True),
        ("", False),
    ]
    assert told() == [
        {"models": ["one"], "count": 1, "label": "The first"},
        {"models": ["two"], "count": 1, "enabled": False},
    ]


def test_fields_in_rows_say_what_they_are_of(panel: Client, server: Endpoint) -> None:
    make_models(server, "llama")
    assert 'aria-label="Label: llama"' in panel.get(LIST).content.decode()


def test_a_model_that_no_list_names_is_added_by_hand(panel: Client, server: Endpoint) -> None:
    former = make_models(server, "listed", is_default=True)[0]
    given = {"endpoint": server.pk, "name": "preview", "enabled": "on", "default": "on"}
    panel.post(ADD, given)
    row = server.models.get(name="preview")
    former.refresh_from_db()
    assert (row.by_hand, row.is_default, former.is_default) == (True, True, False)
    panel.post(change(row), {"label": "Preview", "enabled": "on"})
    assert not server.models.filter(is_default=True).exists()
    assert told()[-1] == {"models": ["preview"], "count": 1, "label": "Preview", "default": False}
    assert "added by hand" in panel.get(LIST).content.decode()
    assert "already" in panel.post(ADD, given).content.decode()


def test_what_the_endpoint_calls_a_model_is_not_changed(panel: Client, server: Endpoint) -> None:
    row = make_models(server, "llama")[0]
    panel.post(change(row), {"name": "other", "label": "Llama", "enabled": "on"})
    row.refresh_from_db()
    assert (row.name, row.label) == ("llama", "Llama")


def test_only_what_the_endpoint_does_not_list_can_be_deleted(
    panel: Client, server: Endpoint
) -> None:
    listed = make_models(server, "listed")[0]
    by_hand = make_models(server, "by-hand", by_hand=True)[0]
    gone = make_models(server, "gone", gone_since=timezone.now())[0]
    for row, status in ((listed, 403), (by_hand, 302), (gone, 302)):
        address = reverse("admin:webchat_endpointmodel_delete", args=[row.pk])
        assert panel.post(address, {"post": "yes"}).status_code == status
    assert list(server.models.all()) == [listed]
    assert "delete_selected" not in panel.get(LIST).content.decode()


def test_models_are_found_by_what_has_become_of_them(panel: Client, server: Endpoint) -> None:
    make_models(server, "good-one")
    make_models(server, "switched-off", enabled=False)
    make_models(server, "went-away", gone_since=timezone.now())
    for state, name in (("offered", "good-one"), ("off", "switched-off"), ("gone", "went-away")):
        page = panel.get(f"{LIST}?state={state}").content.decode()
        assert page.count('class="action-select"') == 1
        assert name in page
    assert "no longer listed since" in page
