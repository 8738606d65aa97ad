"""The list of all conversations."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from tests.factories import make_conversation, make_endpoint, make_message, make_user
from tests.pictures import PNG
from webchat.admin.conversations import changelist
from webchat.generation.images import examine, store
from webchat.models import AuditRecord, Conversation, Media, Message, User

LIST = "/admin/webchat/conversation/"
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def many(alice: User) -> list[Conversation]:
    """120 of alice's, the newest first; three of them share each moment."""
    return [
        make_conversation(alice, f"Walk {number}", active_at=NOON - timedelta(hours=number // 3))
        for number in range(120)
    ]


def titles(page: str) -> list[str]:
    return [
        line.split(">", 1)[1].split("<")[0]
        for line in page.split('<a class="conversation-title"')[1:]
    ]


def shown(panel: Client, query: str = "", **parameters: str) -> list[str]:
    return titles(panel.get(LIST + query, parameters or None).content.decode())


def link(page: Any, words: str) -> str:
    """The address behind a link of the list's pages."""
    [before] = [part for part in page.content.decode().split("</a>") if part.endswith(f">{words}")]
    return str(before.rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&"))


# --- pages ---


def walked(panel: Client, first: str, words: str) -> list[str]:
    """Every title from page to page, by a link of this name."""
    found, query = [], first
    while True:
        page = panel.get(LIST + query)
        found.append(titles(page.content.decode()))
        if f">{words}</a>" not in page.content.decode():
            return [title for titles in found for title in titles]
        query = link(page, words)


@pytest.mark.parametrize("words", ["Older", "Newer"])
def test_every_conversation_is_on_one_page(
    panel: Client, many: list[Conversation], words: str
) -> None:
    first = "?p=oldest" if words == "Newer" else ""
    found = walked(panel, first, words)
    assert sorted(found) == sorted(one.title for one in many)


def test_the_newest_come_first_and_the_oldest_are_one_click_away(
    panel: Client, many: list[Conversation]
) -> None:
    page = panel.get(LIST)
    oldest = panel.get(LIST + link(page, "Oldest"))
    assert "Walk 0" in titles(page.content.decode())[:3]
    assert "Walk 119" in titles(oldest.content.decode())[-3:]
    assert link(oldest, "Newest") == "?"


def test_pages_keep_the_filters(panel: Client, many: list[Conversation], bob: User) -> None:
    make_conversation(bob, "Not mine", active_at=NOON - timedelta(days=1))
    page = panel.get(LIST, {"owner": "alice"})
    assert "owner=alice" in link(page, "Older")
    assert "Not mine" not in walked(panel, "?owner=alice", "Older")


@pytest.mark.parametrize("page", ["7", "after-nonsense", "before-", "before-2026_x", "\0"])
def test_a_page_that_does_not_exist_is_the_first(
    panel: Client, many: list[Conversation], page: str
) -> None:
    assert shown(panel, p=page) == shown(panel)


def test_more_than_a_thousand_are_not_counted(
    panel: Client, many: list[Conversation], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changelist, "COUNT_MAX", 100)
    assert b"Conversations: more than 100" in panel.get(LIST).content
    assert b"Conversations: 39<" in panel.get(LIST, {"since": "2026-03-10"}).content


def test_the_number_of_queries_does_not_grow_with_the_list(
    panel: Client,
    alice: User,
    many: list[Conversation],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    make_endpoint()
    Conversation.objects.update(archived=True)
    query = {"owner": "alice", "archived": "yes"}
    panel.get(LIST, query)
    with django_assert_num_queries(7):  # session, person, owner, page, count, endpoints, models
        assert len(shown(panel, **query)) == 50


# --- filters ---


@pytest.fixture
def varied(alice: User, bob: User) -> None:
    """One conversation for each thing one may look for; the title says what it is."""
    lake, hill = make_endpoint("Lake"), make_endpoint("Hill")
    make_conversation(alice, "of the lake", endpoint=lake, model="perch", active_at=NOON)
    make_conversation(bob, "failed", endpoint=hill, state="failed", has_errors=True)
    make_conversation(bob, "mended", model="trout", has_errors=True)
    make_conversation(bob, "with pictures", has_images=True)
    make_conversation(bob, "archived", archived=True)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"owner": "alice"}, {"of the lake"}),
        ({"owner": "ALI"}, {"of the lake"}),
        ({"owner": "bob@example.org"}, {"failed", "mended", "with pictures", "archived"}),
        ({"owner": "zoe"}, set()),
        ({"model": "perch"}, {"of the lake"}),
        ({"model": "per"}, set()),
        ({"state": "failed"}, {"failed"}),
        ({"errors": "yes"}, {"failed", "mended"}),
        ({"errors": "yes", "state": "complete"}, {"mended"}),
        ({"pictures": "yes"}, {"with pictures"}),
        ({"archived": "yes"}, {"archived"}),
        ({"since": "2026-03-10", "until": "2026-03-10"}, {"of the lake"}),
        ({"until": "2026-03-09"}, set()),
        ({"since": "2026-03-11", "archived": "yes"}, {"archived"}),
        ({"since": "yesterday", "owner": "alice"}, {"of the lake"}),
        ({"state": "drowned", "owner": "alice"}, {"of the lake"}),
        ({"endpoint": "999999999999999999999", "owner": "alice"}, {"of the lake"}),
    ],
)
def test_filters_find_what_they_say(
    panel: Client, varied: None, query: dict[str, str], expected: set[str]
) -> None:
    User.objects.filter(username="bob").update(email="bob@example.org")
    assert set(shown(panel, **query)) == expected


def test_an_endpoint_is_chosen_from_those_there_are(panel: Client, varied: None) -> None:
    endpoint = Conversation.objects.get(title="failed").endpoint
    assert endpoint
    assert shown(panel, endpoint=str(endpoint.pk)) == ["failed"]


def test_people_with_similar_names_are_offered(panel: Client, alice: User) -> None:
    make_user("alina")
    page = panel.get(LIST, {"owner": "ali", "state": "complete"}).content.decode()
    assert "Whom do you mean?" in page
    assert "?owner=alina&amp;state=complete" in page


@pytest.mark.parametrize(
    "query", ["title__startswith=a", "title=a", "owner__password__startswith=a"]
)
def test_titles_and_passwords_are_not_guessed_by_the_address(panel: Client, query: str) -> None:
    assert panel.get(f"{LIST}?{query}").status_code == 400


def test_titles_are_text(panel: Client, alice: User) -> None:
    make_conversation(alice, "<script>50%s</script>")
    page = panel.get(LIST).content.decode()
    assert "&lt;script&gt;50%s&lt;/script&gt;" in page
    assert "<script>50" not in page


# --- who may ---


@pytest.fixture
def helper(db: None) -> Callable[..., Client]:
    """Staff with some of the permissions and no others."""

    def make(*permissions: str) -> Client:
        user = make_user("helper", is_staff=True)
        names = [f"{name}_conversation" for name in permissions]
        user.user_permissions.set(Permission.objects.filter(codename__in=names))
        client = Client()
        client.force_login(user)
        return client

    return make


def test_only_staff_with_the_permission_see_the_list(
    client: Client, helper: Callable[..., Client]
) -> None:
    assert client.get(LIST).status_code == 302
    assert helper().get(LIST).status_code == 403


def test_who_may_only_look_is_offered_nothing_else(
    helper: Callable[..., Client], alice: User
) -> None:
    conversation = make_conversation(alice)
    client = helper("view")
    page = client.get(LIST).content.decode()
    assert 'value="archive"' not in page
    assert 'value="delete"' not in page
    act(client, "delete", conversation, confirmed="yes")
    assert Conversation.objects.exists()


def test_there_is_no_form_to_add_or_to_change(panel: Client, alice: User) -> None:
    conversation = make_conversation(alice)
    assert panel.get(f"{LIST}add/").status_code == 404
    assert panel.get(f"{LIST}{conversation.pk}/delete/").status_code == 404
    assert panel.post(f"{LIST}{conversation.pk}/change/", {"title": "Mine"}).status_code == 405
    assert f"{LIST}add/" not in panel.get(LIST).content.decode()


def test_where_staff_do_not_read_titles_of_others_are_hidden(
    panel: Client, staff: User, alice: User, settings: Any
) -> None:
    make_conversation(alice, "A secret")
    make_conversation(staff, "My own")
    settings.STAFF_READS_CONVERSATIONS = False
    page = panel.get(LIST).content.decode()
    assert "A secret" not in page
    assert titles(page) == ["My own"]
    assert "alice" in page


# --- archive and delete ---


def act(panel: Client, action: str, *conversations: Conversation, **fields: str) -> Any:
    ticked = [str(one.pk) for one in conversations]
    data = {"action": action, "_selected_action": ticked, "select_across": "0"} | fields
    if "confirmed" not in fields:
        data["index"] = "0"
    return panel.post(fields.pop("to", LIST), data, follow=True)


def recorded(action: AuditRecord.Action) -> list[tuple[str, str, str]]:
    rows = AuditRecord.objects.filter(action=action).order_by("id")
    return [(row.actor_name, row.subject_id, row.details["owner"]) for row in rows]


def test_conversations_are_archived_and_brought_back(panel: Client, alice: User) -> None:
    one, other = make_conversation(alice), make_conversation(alice)
    answer = act(panel, "archive", one)
    assert "1 conversation was archived." in answer.content.decode()
    assert set(Conversation.objects.filter(archived=True)) == {one}
    act(panel, "unarchive", one, other)
    assert not Conversation.objects.filter(archived=True).exists()
    assert recorded(AuditRecord.Action.ARCHIVED) == [("staff", str(one.pk), "alice")] * 2


def test_a_deletion_asks_first(panel: Client, alice: User) -> None:
    conversation = make_conversation(alice, "A walk")
    page = act(panel, "delete", conversation).content.decode()
    assert "1 conversation is selected." in page
    assert "A walk" in page
    assert Conversation.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_deletion_takes_messages_and_files_along(panel: Client, alice: User) -> None:
    conversation, kept = make_conversation(alice, "A walk"), make_conversation(alice, "Kept")
    picture = store(alice, examine(PNG), Media.Origin.UPLOADED, name="", alt="")
    make_message(conversation, "Look").media.add(picture)
    answer = act(panel, "delete", conversation, confirmed="yes")
    assert "1 conversation was deleted." in answer.content.decode()
    assert list(Conversation.objects.all()) == [kept]
    assert not Message.objects.exists()
    assert not Media.objects.exists()
    assert not picture.file.storage.exists(picture.file.name or "")
    assert recorded(AuditRecord.Action.DELETED) == [("staff", str(conversation.pk), "alice")]


def test_all_that_is_found_can_be_selected_at_once(
    panel: Client, many: list[Conversation], bob: User
) -> None:
    kept = make_conversation(bob)
    fields = {"select_across": "1", "to": f"{LIST}?owner=alice"}
    page = act(panel, "delete", many[0], **fields).content.decode()
    assert "120 conversations are selected." in page
    act(panel, "delete", many[0], **fields, confirmed="yes")
    assert list(Conversation.objects.all()) == [kept]


def test_what_one_request_cannot_do_is_left_and_said(
    panel: Client, many: list[Conversation], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webchat.admin.conversations.work.SECONDS", -1)
    answer = act(panel, "archive", *many[:3])
    assert "Do the same again for the rest." in answer.content.decode()


def test_what_is_ticked_must_be_an_id(panel: Client, alice: User) -> None:
    data = {"action": "archive", "_selected_action": "1' OR 1=1", "index": "0"}
    assert panel.post(LIST, data).status_code == 400


def test_the_audit_and_the_log_hold_no_title(panel: Client, alice: User) -> None:
    conversation = make_conversation(alice, "A secret")
    act(panel, "archive", conversation)
    panel.get(reverse("admin:webchat_conversation_change", args=[conversation.pk]))
    assert "A secret" not in str(list(AuditRecord.objects.values()))
