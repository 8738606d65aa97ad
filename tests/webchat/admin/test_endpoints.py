"""Endpoints in the panel: added, changed, asked, and their keys never told."""

from typing import Any
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests.factories import make_endpoint, make_models, make_user
from webchat.models import AuditRecord, Endpoint, Outcome, User

KEY = "sk-very-secret"
LIST = reverse("admin:webchat_endpoint_changelist")
ADD = reverse("admin:webchat_endpoint_add")
ADDRESS = "https://good.example/v1"


def change(endpoint: Endpoint) -> str:
    return reverse("admin:webchat_endpoint_change", args=[endpoint.pk])


def fields(**given: str) -> dict[str, str]:
    """What the form sends, with everything set that has to be."""
    known = {"label": "Server", "provider": "OpenAICompatible", "base_url": ADDRESS}
    known |= dict.fromkeys(("everyone", "enabled", "offers_new_models"), "on")
    return known | {"position": "5", "runs_at_once": "0"} | given


def told() -> list[dict[str, Any]]:
    """What the audit was told, newest last."""
    changes = AuditRecord.objects.filter(action="endpoint_changed").order_by("id")
    return list(changes.values_list("details", flat=True))


def only() -> Endpoint:
    return Endpoint.objects.get()


@pytest.fixture
def server(db: None) -> Endpoint:
    return make_endpoint("Server", "OpenAICompatible", base_url=ADDRESS, api_key=KEY)


def everything_told(panel: Client, endpoint: Endpoint) -> str:
    """Every page and every record that could give a secret away."""
    addresses = [LIST, change(endpoint), reverse("admin:index"), reverse("admin:jsi18n")]
    addresses += [reverse("admin:webchat_endpoint_history", args=[endpoint.pk])]
    addresses += [reverse("admin:webchat_endpoint_delete", args=[endpoint.pk])]
    pages = [panel.get(address).content.decode() for address in addresses]
    records = [*LogEntry.objects.values(), *AuditRecord.objects.values()]
    return "".join(pages) + str(records)


# --- Adding and changing ---


def test_an_endpoint_is_added_and_its_secrets_are_told_nowhere(panel: Client) -> None:
    answer = panel.post(
        ADD,
        fields(api_key=KEY, proxy=f"http://me:{KEY}@p:1", headers=f'{{"X-Key": "{KEY}"}}'),
        follow=True,
    )
    assert answer.status_code == 200
    endpoint = only()
    assert (endpoint.api_key, endpoint.proxy) == (KEY, f"http://me:{KEY}@p:1")
    assert endpoint.headers == {"X-Key": KEY}
    assert endpoint.origin == "admin"
    assert KEY not in answer.content.decode() + everything_told(panel, endpoint)
    [details] = told()
    assert (details["api_key"], details["proxy"], details["headers"]) == ("set",) * 3
    assert details["base_url"] == [None, ADDRESS]


def test_who_changed_what_is_written_down(panel: Client, staff: User, server: Endpoint) -> None:
    group = Group.objects.create(name="writers")
    given = fields(label="New", api_key="sk-next", groups=str(group.pk), silence_seconds="60")
    del given["everyone"]
    panel.post(change(server), given)
    [record] = AuditRecord.objects.filter(action="endpoint_changed")
    assert (record.actor, record.subject_id, record.address) == (staff, str(server.pk), "127.0.0.1")
    assert record.details == {
        "label": ["Server", "New"],
        "everyone": [True, False],
        "groups": [[], ["writers"]],
        "silence_seconds": [None, 60],
        "position": [100, 5],
        "api_key": "changed",
    }


def test_saving_without_a_change_is_no_change(panel: Client, server: Endpoint) -> None:
    assert panel.post(change(server), fields(position="100")).status_code == 302
    assert told() == []
    assert only().api_key == KEY
    assert "No fields changed" in LogEntry.objects.latest("id").get_change_message()


def test_a_form_that_comes_back_holds_no_secret_and_asks_for_it_again(panel: Client) -> None:
    answer = panel.post(ADD, fields(base_url="nonsense", api_key=KEY, headers=f'{{"X": "{KEY}"}}'))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "not a web address" in page
    assert "Type it once more" in page
    assert KEY not in page


@pytest.mark.parametrize(
    "given",
    [
        {"headers": f'{{"X-Key": {KEY}'},
        {"headers": f'["{KEY}"]'},
        {"headers": f'{{"Host": "{KEY}"}}'},
        {"headers": f'{{"X": "{KEY}\\n"}}'},
        {"headers": f'{{"Authorization": "{KEY}"}}', "api_key": "sk"},
        {"api_key": f"{KEY} {KEY}"},
        {"proxy": f"gopher://me:{KEY}@proxy"},
        {"base_url": f"https://me:{KEY}@good.example/v1", "hidden": ""},
    ],
)
def test_what_cannot_be_used_is_refused_in_words_that_do_not_repeat_it(
    panel: Client, given: dict[str, str]
) -> None:
    page = panel.post(ADD, fields(**given)).content.decode()
    assert "errorlist" in page
    assert not Endpoint.objects.exists()
    if "hidden" not in given:  # an address is no secret, and has to be mended
        assert KEY not in page


def test_a_stored_key_is_kept_until_it_is_replaced_or_forgotten(
    panel: Client, server: Endpoint
) -> None:
    panel.post(change(server), fields(label="Renamed"))
    assert (only().label, only().api_key) == ("Renamed", KEY)
    page = panel.get(change(server)).content.decode()
    assert '<span class="secret set">set</span>' in page
    panel.post(change(server), fields(**{"api_key-forget": "on"}))
    assert only().api_key == ""
    assert told()[-1]["api_key"] == "removed"
    assert "secret set" not in panel.get(change(server)).content.decode()


def test_a_key_does_not_go_to_another_server_by_a_change_of_address(
    panel: Client, server: Endpoint
) -> None:
    elsewhere = fields(base_url="https://evil.example/v1")
    page = panel.post(change(server), elsewhere).content.decode()
    assert "It would go to another server than before" in page
    assert only().base_url == ADDRESS
    panel.post(change(server), fields(base_url="https://good.example/api/v2"))
    assert (only().base_url, only().api_key) == ("https://good.example/api/v2", KEY)
    panel.post(change(server), elsewhere | {"api_key": "sk-other"})
    assert (only().base_url, only().api_key) == ("https://evil.example/v1", "sk-other")


@pytest.mark.parametrize("scheme", ["http", "HTTP"])
def test_a_key_does_not_go_through_a_new_proxy_in_the_clear(panel: Client, scheme: str) -> None:
    server = make_endpoint("S", "OpenAICompatible", base_url="http://10.0.0.1/v1", api_key=KEY)
    given = fields(base_url=f"{scheme}://10.0.0.1/v1", proxy="http://evil.example:3128")
    assert "Type it again" in panel.post(change(server), given).content.decode()
    assert only().proxy == ""


def test_nor_does_a_key_of_the_environment(panel: Client) -> None:
    given = make_endpoint(
        "Env", "OpenAICompatible", base_url="http://10.0.0.1", api_key=KEY, origin="environment"
    )
    typed = {"label": "Env", "position": "1", "runs_at_once": "2", "api_key": "sk-other"}
    page = panel.post(change(given), typed | {"proxy": "http://evil.example:3128"})
    assert "would pass through it in the clear" in page.content.decode()
    assert (only().proxy, only().api_key) == ("", KEY)


def test_headers_are_kept_and_forgotten_like_keys(panel: Client, server: Endpoint) -> None:
    server.headers = {"X-Title": "Chat"}
    server.save()
    panel.post(change(server), fields(label="Renamed"))
    assert only().headers == {"X-Title": "Chat"}
    panel.post(change(server), fields(**{"headers-forget": "on"}))
    assert only().headers == {}


def test_providers_are_chosen_by_the_names_people_know(panel: Client) -> None:
    page = panel.get(ADD).content.decode()
    assert '<option value="OpenAICompatible" selected>OpenAI-compatible</option>' in page
    assert '<option value="Koala">Koala (unofficial)</option>' in page
    assert "errorlist" in panel.post(ADD, fields(provider="Nonsense")).content.decode()


def test_an_endpoint_whose_package_is_gone_can_still_be_changed(panel: Client) -> None:
    gone = make_endpoint("Gone", "Elsewhere")
    assert "Elsewhere (not installed)" in panel.get(change(gone)).content.decode()
    panel.post(change(gone), fields(provider="Elsewhere", base_url="", label="Still here"))
    assert only().label == "Still here"


def test_what_comes_from_the_environment_is_not_typed_here(panel: Client) -> None:
    given = make_endpoint(
        "Env", "OpenAICompatible", base_url=ADDRESS, api_key=KEY, origin="environment"
    )
    page = panel.get(change(given)).content.decode()
    for name in ("api_key", "base_url", "provider"):
        assert f'name="{name}"' not in page
    panel.post(change(given), {"label": "Mine", "position": "1", "runs_at_once": "2"})
    assert (only().label, only().api_key, only().base_url) == ("Mine", KEY, ADDRESS)


def test_an_endpoint_for_nobody_is_saved_with_a_warning(panel: Client) -> None:
    given = fields()
    del given["everyone"]
    assert "Nobody may use" in panel.post(ADD, given, follow=True).content.decode()


def test_a_changed_connection_asks_for_the_models_again(panel: Client, server: Endpoint) -> None:
    Endpoint.objects.update(models_checked_at=timezone.now())
    panel.post(change(server), fields(label="Renamed"))
    assert only().models_checked_at is not None
    panel.post(change(server), fields(api_key="sk-next"))
    assert only().models_checked_at is None


def test_models_that_a_provider_knows_itself_are_there_at_once(panel: Client) -> None:
    panel.post(ADD, fields(provider="Demo", base_url=""))
    assert only().models.count() == 3


# --- Who may do what ---


def staff_with(*permissions: str) -> Client:
    user = make_user("helper", is_staff=True)
    names = [f"{permission}_endpoint" for permission in permissions]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client = Client()
    client.force_login(user)
    return client


def test_who_may_only_look_sees_whether_a_key_is_set_and_not_the_key(server: Endpoint) -> None:
    server.proxy, server.headers = f"http://me:{KEY}@proxy:1", {"X-Key": KEY}
    server.save()
    page = staff_with("view").get(change(server)).content.decode()
    assert KEY not in page
    assert page.count('<div class="readonly">set</div>') == 3


@pytest.mark.parametrize("name", ["webchat_endpoint_test", "webchat_endpoint_refresh"])
def test_who_may_not_change_may_not_ask(server: Endpoint, name: str) -> None:
    address = reverse(f"admin:{name}", args=[server.pk])
    assert staff_with("view").post(address).status_code == 403


@pytest.mark.parametrize("name", ["webchat_endpoint_test", "webchat_endpoint_refresh"])
def test_a_link_asks_nothing(panel: Client, server: Endpoint, name: str) -> None:
    assert panel.get(reverse(f"admin:{name}", args=[server.pk])).status_code == 302
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.get(username="staff"))
    assert strict.post(reverse(f"admin:{name}", args=[server.pk])).status_code == 403


# --- The list ---


def test_the_list_tells_how_endpoints_have_been_doing(panel: Client, server: Endpoint) -> None:
    for status, code in (("complete", ""), ("complete", ""), ("failed", "rate_limited")):
        now = timezone.now()
        Outcome.objects.create(
            message_id=uuid4(), endpoint=server, status=status, error_code=code, started_at=now
        )
    page = panel.get(LIST).content.decode()
    assert "too many requests" in page
    assert "33 %" in page
    assert "1 of 3" in page


def test_the_list_costs_the_same_however_many_endpoints_there_are(
    panel: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_models(make_endpoint(), "one", "two")
    panel.get(LIST)
    with django_assert_num_queries(5):  # session, person, the number of endpoints twice, endpoints
        panel.get(LIST)
    for number in range(20):
        make_models(make_endpoint(f"Server {number}"), "one", "two")
    with django_assert_num_queries(5):
        panel.get(LIST)


def test_a_switch_in_the_list_is_written_down(panel: Client, server: Endpoint) -> None:
    panel.post(
        LIST,
        {
            "form-TOTAL_FORMS": "1",
            "form-INITIAL_FORMS": "1",
            "form-0-id": str(server.pk),
            "_save": "Save",
        },
    )
    assert not only().enabled
    assert told() == [{"enabled": [True, False]}]
    assert only().api_key == KEY


@pytest.mark.parametrize(("action", "on"), [("switch_on", True), ("switch_off", False)])
def test_several_are_switched_at_once(panel: Client, action: str, on: bool) -> None:
    rows = [make_endpoint("One", enabled=not on), make_endpoint("Two", enabled=on)]
    panel.post(LIST, {"action": action, "_selected_action": [row.pk for row in rows]})
    assert set(Endpoint.objects.values_list("enabled", flat=True)) == {on}
    assert told() == [{"enabled": [not on, on]}]


def test_deleting_is_written_down_and_spares_what_a_start_would_bring_back(
    panel: Client, server: Endpoint
) -> None:
    make_models(server, *(f"model-{number}" for number in range(30)))
    built_in = make_endpoint("Demo", "Demo", origin="built_in")
    page = panel.get(reverse("admin:webchat_endpoint_delete", args=[server.pk])).content.decode()
    assert "model-7" not in page
    panel.post(reverse("admin:webchat_endpoint_delete", args=[server.pk]), {"post": "yes"})
    denied = panel.post(
        reverse("admin:webchat_endpoint_delete", args=[built_in.pk]), {"post": "yes"}
    )
    assert denied.status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [built_in.pk], "post": "yes"}
    panel.post(LIST, chosen)
    assert only() == built_in
    [record] = AuditRecord.objects.filter(action="deleted")
    assert record.subject_name == "Server"
